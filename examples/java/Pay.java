// A shop that takes M-PESA by STK push, and its tests against a simulator: java -ea examples/java/Pay.java
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.*;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.*;
import java.time.format.DateTimeFormatter;
import java.util.*;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

public class Pay {
    static final HttpClient HTTP = HttpClient.newHttpClient();
    static final String CONTROL = System.getenv().getOrDefault("DARAJABOX_CONTROL", "http://127.0.0.1:7071");
    static final String CALLBACK_HOST = System.getenv().getOrDefault("CALLBACK_HOST", "127.0.0.1"); // where the simulator reaches this machine
    static final String PHONE = "254708374149";

    // The program under test. It keeps orders, and the receipts that were credited; a real shop keeps both in its database.
    static class Shop {
        static class Order {
            final int amount; // shillings
            String state = "pending"; // then paid, failed or review
            Order(int amount) { this.amount = amount; }
        }

        final Map<String, Order> orders = new ConcurrentHashMap<>(); // by id
        final Map<String, Integer> credited = new HashMap<>(); // by receipt: the amount in shillings
        final HttpServer server;
        final String url, key, secret, shortcode, passkey;

        Shop(String world) throws IOException { // the world as the control API describes it
            url = field(world, "url");
            key = field(world, "consumer_key");
            secret = field(world, "consumer_secret");
            shortcode = field(world, "shortcode");
            passkey = field(world, "passkey");
            server = HttpServer.create(new InetSocketAddress(CALLBACK_HOST.equals("127.0.0.1") ? "127.0.0.1" : "0.0.0.0", 0), 0);
            server.createContext("/callback/", this::receive);
            server.start();
        }

        // Sends the customer a prompt and returns the order's id.
        String order(String phone, int amount, String reference) throws Exception {
            // The order is kept before the push, and its id is in the callback URL: the callback
            // finds it even when it arrives before the answer. A random id can't be guessed.
            String id = UUID.randomUUID().toString();
            orders.put(id, new Order(amount));
            String stamp = ZonedDateTime.now(ZoneId.of("Africa/Nairobi")).format(DateTimeFormatter.ofPattern("yyyyMMddHHmmss"));
            String token = field(call("GET", url + "/oauth/v1/generate?grant_type=client_credentials", "Basic " + base64(key + ":" + secret), null), "access_token");
            call("POST", url + "/mpesa/stkpush/v1/processrequest", "Bearer " + token, String.format(
                "{'BusinessShortCode': '%s', 'Password': '%s', 'Timestamp': '%s', 'TransactionType': 'CustomerPayBillOnline', 'Amount': %d, 'PartyA': '%s',"
                    + "'PartyB': '%s', 'PhoneNumber': '%s', 'CallBackURL': 'http://%s:%d/callback/%s', 'AccountReference': '%s', 'TransactionDesc': 'Order'}",
                shortcode, base64(shortcode + passkey + stamp), stamp, amount, phone,
                shortcode, phone, CALLBACK_HOST, server.getAddress().getPort(), id, reference));
            return id;
        }

        // Applies a callback. One that comes again changes nothing.
        synchronized void callback(String id, String body) {
            Order order = orders.get(id);
            if (order == null || !order.state.equals("pending")) return;
            if (!find(body, "\"ResultCode\":(\\d+)").equals("0")) {
                order.state = "failed";
                return;
            }
            String receipt = item(body, "MpesaReceiptNumber");
            if (Double.parseDouble(item(body, "Amount")) != order.amount || credited.containsKey(receipt)) {
                order.state = "review"; // a person compares it with the M-PESA statement
                return;
            }
            order.state = "paid";
            credited.put(receipt, order.amount);
        }

        synchronized String state(String id) { return orders.get(id).state; }

        private void receive(HttpExchange exchange) throws IOException {
            String path = exchange.getRequestURI().getPath();
            callback(path.substring(path.lastIndexOf('/') + 1), new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        }
    }

    // A world of its own for each test, in which the clock stands still.
    static class World {
        final String description = call("POST", CONTROL + "/worlds", null, "{'seed': 7, 'clock': {'frozen': true}}");
        final String url = CONTROL + "/worlds/" + field(description, "id");

        World() throws Exception { }

        void ask(String path, String body) throws Exception { call("POST", url + path, null, body); }

        void verify(int count, String match) throws Exception {
            String verdict = call("POST", url + "/journal/verify", null, "{'match': " + match + ", 'count': " + count + "}");
            if (!verdict.contains("\"ok\":true")) throw new AssertionError(field(verdict, "message"));
        }
    }

    interface Case { void run(World world, Shop shop) throws Exception; }

    static void test(String name, Case body) throws Exception {
        var world = new World();
        var shop = new Shop(world.description);
        try {
            body.run(world, shop);
            System.out.println("ok - " + name);
        } finally {
            shop.server.stop(0);
            call("DELETE", world.url, null, null);
        }
    }

    public static void main(String[] args) throws Exception {
        try {
            call("GET", CONTROL + "/health", null, null);
        } catch (java.net.ConnectException e) {
            System.err.println("no simulator answers at " + CONTROL + "; start one with: darajabox simulator");
            System.exit(1);
        }
        test("the customer pays", (world, shop) -> {
            String order = shop.order(PHONE, 150, "INV-1");
            world.ask("/phones/" + PHONE + "/pin", "{}"); // the customer's own PIN
            world.ask("/clock/advance", "{'by': '10s'}");
            equal(shop.state(order), "paid");
            world.verify(1, "{'kind': 'callback', 'phone': '" + PHONE + "', 'status': 200}");
        });
        test("the customer cancels", (world, shop) -> {
            String order = shop.order(PHONE, 150, "INV-2");
            world.ask("/phones/" + PHONE + "/cancel", "{}");
            world.ask("/clock/advance", "{'by': '10s'}");
            equal(shop.state(order), "failed");
            world.verify(1, "{'kind': 'callback', 'body': {'Body.stkCallback.ResultCode': 1032}}");
        });
        test("no answer for 90 seconds", (world, shop) -> {
            String order = shop.order(PHONE, 150, "INV-3");
            world.ask("/phones/" + PHONE + "/ignore", "{}");
            equal(shop.state(order), "pending");
            world.ask("/clock/advance", "{'by': '90s'}"); // takes milliseconds
            equal(shop.state(order), "failed");
        });
        test("the callback comes twice", (world, shop) -> {
            world.ask("/queue", "{'phone': '" + PHONE + "', 'then': {'result': 0, 'callback': {'copies': 2, 'gap': '1s'}}}");
            String order = shop.order(PHONE, 150, "INV-4");
            world.ask("/clock/advance", "{'by': '10s'}");
            world.verify(2, "{'kind': 'callback', 'reference': 'INV-4'}");
            equal(shop.state(order), "paid");
            equal(List.copyOf(shop.credited.values()), List.of(150));
        });
        test("the callback has a wrong amount", (world, shop) -> {
            world.ask("/queue", "{'phone': '" + PHONE + "', 'then': {'result': 0, 'callback': {'amount': 1}}}");
            String order = shop.order(PHONE, 150, "INV-5");
            world.ask("/clock/advance", "{'by': '10s'}");
            equal(shop.state(order), "review");
            equal(shop.credited, Map.of());
        });
    }

    static void equal(Object got, Object want) {
        if (!got.equals(want)) throw new AssertionError("got " + got + ", want " + want);
    }

    static String call(String method, String url, String authorization, String body) throws Exception {
        var publisher = body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body.replace('\'', '"'));
        var request = HttpRequest.newBuilder(URI.create(url)).method(method, publisher).header("Content-Type", "application/json");
        if (authorization != null) request.header("Authorization", authorization);
        var answer = HTTP.send(request.build(), BodyHandlers.ofString());
        if (answer.statusCode() / 100 != 2) throw new AssertionError(method + " " + url + ": " + answer.body());
        return answer.body();
    }

    // The next three are enough for this page; use a JSON library in a program.
    static String field(String json, String name) { return find(json, "\"" + name + "\":\"((?:[^\"\\\\]|\\\\.)*)\""); }

    static String item(String json, String name) { return find(json, "\"Name\":\"" + name + "\",\"Value\":\"?([^\",}]+)"); }

    static String find(String text, String pattern) {
        var found = Pattern.compile(pattern).matcher(text);
        if (!found.find()) throw new AssertionError("no " + pattern + " in " + text);
        return found.group(1);
    }

    static String base64(String text) { return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8)); }
}
