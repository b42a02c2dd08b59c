// A token by HttpURLConnection, and a push by HttpClient. The host is Safaricom's unless an
// argument names another.
import java.net.*;
import java.net.http.*;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.regex.*;

public class Client {
    static String field(String json, String name) {
        Matcher m = Pattern.compile("\"" + name + "\" *: *\"([^\"]*)\"").matcher(json);
        if (!m.find()) throw new IllegalStateException("no " + name + " in " + json);
        return m.group(1);
    }

    public static void main(String[] args) throws Exception {
        String base = args.length > 0 ? args[0] : "https://sandbox.safaricom.co.ke";
        URLConnection get = new URL(base + "/oauth/v1/generate?grant_type=client_credentials").openConnection();
        get.setRequestProperty("Authorization", "Basic " + Base64.getEncoder().encodeToString("sandbox:sandbox".getBytes(StandardCharsets.UTF_8)));
        String token = field(new String(get.getInputStream().readAllBytes(), StandardCharsets.UTF_8), "access_token");
        String body = "{\"BusinessShortCode\":\"174379\",\"Password\":\"MTc0Mzc5YmZiMjc5ZjlhYTliZGJjZjE1OGU5N2RkNzFhNDY3Y2QyZTBjODkzMDU5YjEwZjc4ZTZiNzJhZGExZWQyYzkxOTIwMjYxMjAxMTIwMDAw\","
            + "\"Timestamp\":\"20261201120000\",\"TransactionType\":\"CustomerPayBillOnline\",\"Amount\":\"10\",\"PartyA\":\"254708374149\",\"PartyB\":\"174379\","
            + "\"PhoneNumber\":\"254708374149\",\"CallBackURL\":\"https://shop.example.com/callback\",\"AccountReference\":\"INV-1\",\"TransactionDesc\":\"Order\"}";
        HttpRequest post = HttpRequest.newBuilder(URI.create(base + "/mpesa/stkpush/v1/processrequest"))
            .header("Authorization", "Bearer " + token).header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString(body)).build();
        System.out.println(field(HttpClient.newHttpClient().send(post, HttpResponse.BodyHandlers.ofString()).body(), "ResponseDescription"));
    }
}
