// Tests a payment against a simulator: java -ea examples/java/Pay.java
import java.net.URI;
import java.net.http.*;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.*;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.regex.Pattern;

public class Pay {
    static final HttpClient HTTP = HttpClient.newHttpClient();
    static final String PHONE = "254708374149";
    static String made, world; // the world as the control API describes it, and its URL

    public static void main(String[] args) throws Exception {
        String control = System.getenv().getOrDefault("DARAJABOX_CONTROL", "http://127.0.0.1:7071");
        // A world of its own, in which time stands still.
        made = call("POST", control + "/worlds", "application/json", null, "{'seed': 7, 'clock': {'frozen': true}}");
        world = control + "/worlds/" + field(made, "id");
        try {
            push("INV-1");
            ask("/phones/" + PHONE + "/pin", "{}"); // the customer's own PIN
            ask("/clock/advance", "{'by': '10s'}");
            verify("{'match': {'kind': 'callback', 'reference': 'INV-1', 'body': {'Body.stkCallback.ResultCode': 0}}, 'count': 1}");
            System.out.println("ok - the customer pays");
            push("INV-2");
            ask("/phones/" + PHONE + "/cancel", "{}");
            ask("/clock/advance", "{'by': '10s'}");
            verify("{'match': {'kind': 'callback', 'reference': 'INV-2', 'body': {'Body.stkCallback.ResultCode': 1032}}, 'count': 1}");
            System.out.println("ok - the customer cancels");
            push("INV-3");
            ask("/phones/" + PHONE + "/ignore", "{}");
            verify("{'match': {'kind': 'callback', 'reference': 'INV-3'}, 'count': 0}");
            ask("/clock/advance", "{'by': '90s'}"); // in no time
            verify("{'match': {'kind': 'callback', 'reference': 'INV-3'}, 'count': 1}");
            System.out.println("ok - nobody answers for a minute and a half");
        } finally {
            call("DELETE", world, "application/json", null, null);
        }
    }

    // What the program under test does: a token, then a prompt on the customer's phone.
    static void push(String reference) throws Exception {
        String shortcode = field(made, "shortcode");
        String stamp = ZonedDateTime.now(ZoneId.of("Africa/Nairobi")).format(DateTimeFormatter.ofPattern("yyyyMMddHHmmss"));
        String basic = base64(field(made, "consumer_key") + ":" + field(made, "consumer_secret"));
        String token = field(call("GET", field(made, "url") + "/oauth/v1/generate?grant_type=client_credentials", null, "Basic " + basic, null), "access_token");
        call("POST", field(made, "url") + "/mpesa/stkpush/v1/processrequest", "application/json", "Bearer " + token, String.format(
            "{'BusinessShortCode': '%s', 'Password': '%s', 'Timestamp': '%s', 'TransactionType': 'CustomerPayBillOnline', 'Amount': 150, 'PartyA': '%s',"
                + "'PartyB': '%s', 'PhoneNumber': '%s', 'CallBackURL': 'http://127.0.0.1:9/callback', 'AccountReference': '%s', 'TransactionDesc': 'Order'}",
            shortcode, base64(shortcode + field(made, "passkey") + stamp), stamp, PHONE, shortcode, PHONE, reference));
    }

    static void verify(String expectation) throws Exception {
        String verdict = ask("/journal/verify", expectation);
        if (!verdict.contains("\"ok\":true")) throw new AssertionError(field(verdict, "message"));
    }

    static String ask(String path, String body) throws Exception {
        return call("POST", world + path, "application/json", null, body);
    }

    static String call(String method, String url, String type, String authorization, String body) throws Exception {
        var publisher = body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body.replace('\'', '"'));
        var request = HttpRequest.newBuilder(URI.create(url)).method(method, publisher);
        if (type != null) request.header("Content-Type", type);
        if (authorization != null) request.header("Authorization", authorization);
        var answer = HTTP.send(request.build(), BodyHandlers.ofString());
        if (answer.statusCode() / 100 != 2) throw new AssertionError(method + " " + url + ": " + answer.body());
        return answer.body();
    }

    static String field(String json, String name) { // enough for this page; take a JSON library for more
        var found = Pattern.compile("\"" + name + "\":\"((?:[^\"\\\\]|\\\\.)*)\"").matcher(json);
        if (!found.find()) throw new AssertionError("no " + name + " in " + json);
        return found.group(1);
    }

    static String base64(String text) { return Base64.getEncoder().encodeToString(text.getBytes()); }
}
