// Command gosdk makes a push by a client of another author. Its host is built in; it takes
// the proxy and what it trusts from the environment, as each program in Go does.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"

	mpesa "github.com/jwambugu/mpesa-golang-sdk"
)

// passkey is that of Safaricom's sandbox.
const passkey = "bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919"

func main() {
	app := mpesa.NewApp(http.DefaultClient, "sandbox", "sandbox", mpesa.EnvironmentSandbox)
	pushed, err := app.STKPush(context.Background(), passkey, mpesa.STKPushRequest{
		BusinessShortCode: 174379, TransactionType: mpesa.CustomerPayBillOnlineTransactionType, Amount: 10, PartyA: 254708374149, PartyB: 174379,
		PhoneNumber: 254708374149, CallBackURL: "https://shop.example.com/callback", AccountReference: "INV-1", TransactionDesc: "Order",
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(pushed.ResponseDescription)
}
