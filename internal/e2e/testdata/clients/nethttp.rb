# A token and a push by Ruby's Net::HTTP. The host is Safaricom's unless an argument names another.
require 'json'
require 'net/http'

base = ARGV[0] || 'https://sandbox.safaricom.co.ke'

def call(uri, request)
  Net::HTTP.start(uri.host, uri.port, use_ssl: uri.scheme == 'https', read_timeout: 60) { |http| JSON.parse(http.request(request).body) }
end

uri = URI(base + '/oauth/v1/generate?grant_type=client_credentials')
get = Net::HTTP::Get.new(uri)
get.basic_auth('sandbox', 'sandbox')
token = call(uri, get)['access_token']

uri = URI(base + '/mpesa/stkpush/v1/processrequest')
post = Net::HTTP::Post.new(uri, 'Authorization' => "Bearer #{token}", 'Content-Type' => 'application/json')
post.body = {
  BusinessShortCode: '174379', Password: 'MTc0Mzc5YmZiMjc5ZjlhYTliZGJjZjE1OGU5N2RkNzFhNDY3Y2QyZTBjODkzMDU5YjEwZjc4ZTZiNzJhZGExZWQyYzkxOTIwMjYxMjAxMTIwMDAw',
  Timestamp: '20261201120000', TransactionType: 'CustomerPayBillOnline', Amount: '10', PartyA: '254708374149', PartyB: '174379',
  PhoneNumber: '254708374149', CallBackURL: 'https://shop.example.com/callback', AccountReference: 'INV-1', TransactionDesc: 'Order'
}.to_json
puts call(uri, post)['ResponseDescription']
