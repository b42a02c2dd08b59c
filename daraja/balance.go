package daraja

// BalancePath is the path of an account balance query; POST.
const BalancePath = "/mpesa/accountbalance/v1/query"

// BalancePathSDK is the path that Safaricom's own Java SDK calls.
const BalancePathSDK = "/safaricom/accountbalance/v1/query"

// CommandAccountBalance is the only CommandID of an account balance query.
const CommandAccountBalance = "AccountBalance"

// BalanceResultsURL is M-PESA's own address in the results of account balance queries.
const BalanceResultsURL = "https://internalsandbox.safaricom.co.ke/mpesa/abresults/v1/submit"
