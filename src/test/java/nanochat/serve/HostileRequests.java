package nanochat.serve;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import nanochat.io.Json;
import nanochat.tokenizer.SpecialToken;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Requests that nobody who means well sends: the same for the same draws.
final class HostileRequests {
    /// What stands where something else is expected; JSON.
    private static final List<String> VALUES = List.of("null", "true", "false", "0", "-1", "1", "2", "0.5", "-0.0", "1e308", "1e999",
            "-1e999",
            "2147483647", "2147483648", "-2147483649", "9223372036854775807", "9223372036854775808", "1e-400", "9".repeat(90), "9".repeat(
                    101),
            "1e2147483647", "[]", "{}", "[[]]", "[[[[[[[]]]]]]]", "[null]", "[1,\"a\"]", "[\"a\",1]", "[-1]", "[265]", "[1e3]", "[\"\"]",
            "{\"a\":1}", "{\"type\":\"text\"}", "{\"5\":100}", "{\"99999999\":-100,\"x\":\"y\"}", "\"\"", "\"a\"", "\" \"", "\"\\u0000\"",
            "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"\\uffff\"", "\"\u0628\u202e\ud83d\ude00\"", "\"NaN\"", "NaN", "Infinity",
            "\"" + "x".repeat(300) + "\"", "\"" + "y".repeat(30_000) + "\"", "[" + "\"a\",".repeat(400) + "\"a\"]",
            "[" + "7,".repeat(700) + "7]", "\"tiny-sft\"", "\"gpt-4\"", "\"assistant\"", "\"system\"", "\"user\"", "\"<|assistant_end|>\"");

    private static final List<String> FIELDS = List.of("model", "messages", "prompt", "temperature", "top_p", "top_k", "min_p", "seed",
            "stop",
            "n", "best_of", "max_tokens", "max_completion_tokens", "logprobs", "top_logprobs", "echo", "stream", "stream_options",
            "logit_bias", "presence_penalty", "frequency_penalty", "suffix", "tools", "functions", "audio", "nanochat",
            "continue_final_message", "add_special_tokens", "tokens", "return_token_strs", "role", "content", "type", "text", "parts",
            "calculator", "include_usage", "nobody_asks_for_this");

    private record Template(String path, String body) {}

    private static final List<Template> TEMPLATES = List.of(
            new Template("/v1/chat/completions",
                    "{'model':'tiny-sft','messages':[{'role':'system','content':'Be brief.'},{'role':'user','content':[{'type':'text','text':'Hi'}]},"
                            + "{'role':'assistant','content':'','nanochat':{'parts':[{'type':'text','text':'a'},{'type':'python','text':'1+1'},{'type':'python_output','text':'2'}]}},"
                            + "{'role':'user','content':'And?'}],'max_tokens':5,'temperature':0.7,'top_p':0.9,'top_k':20,'min_p':0.01,'seed':3,'n':2,'logprobs':true,'top_logprobs':2,'stop':['x','yz']}"),
            new Template("/v1/chat/completions",
                    "{'messages':[{'role':'user','content':'Hi'}],'max_completion_tokens':4,'stream':true,'stream_options':{'include_usage':true},'nanochat':{'calculator':false}}"),
            new Template("/v1/completions",
                    "{'model':'tiny-sft','prompt':['ab','cd'],'max_tokens':3,'echo':true,'logprobs':1,'temperature':0,'stop':'q','add_special_tokens':false}"),
            new Template("/v1/completions", "{'prompt':[[1,2,3],[4,5]],'max_tokens':1,'echo':true,'logprobs':1,'n':2,'best_of':2}"),
            new Template("/v1/completions", "{'prompt':[72,105],'max_tokens':6,'stream':true,'logit_bias':{},'presence_penalty':0}"),
            new Template("/tokenize", "{'prompt':'Hello','add_special_tokens':true,'return_token_strs':true}"),
            new Template("/tokenize", "{'messages':[{'role':'user','content':'Hi'}]}"),
            new Template("/detokenize", "{'tokens':[72,105]}"),
            new Template("/v1/embeddings", "{'input':'a'}"));

    private static final List<String> PATHS = List.of("/", "//", "/v1", "/v1/models", "/v1/models/", "/v1/models/tiny-sft",
            "/v1/models/%00",
            "/v1/models/%zz", "/v1/models/%ff%fe", "/v1/models/..%2f..%2fetc%2fpasswd", "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd",
            "/v1/models/..;/x", "/health;a=b", "/health?x=%zz", "/health#x", "*", "health", "http://127.0.0.1/health",
            "http://evil.example/health",
            "/" + "a".repeat(9000), "/" + "b/".repeat(30_000), "/v1/models/\u00e4\u00ff", "/v1/models/<script>", "/v1/models/a b",
            "/metrics",
            "/tokenizer_info", "/.git/config", "/v1/chat/completions", "\\..\\..\\windows");

    private static final List<String> METHODS = List.of("GET", "POST", "HEAD", "OPTIONS", "DELETE", "PUT", "PATCH", "TRACE", "CONNECT",
            "get",
            "BREW", "G\u00e9T", "A".repeat(5000), "");

    private static final List<String> HEADERS = List.of(
            "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA",
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13",
            "X: " + "h".repeat(20_000), "h".repeat(20_000) + ": x", "X: y\r\n".repeat(3000) + "X: z", "no colon here", " folded: x",
            "X:\r\n folded",
            "X\0: y", "X: y\0z", "X: \u00ff\u00fe", ": empty", "X : space", "Host: localhost", "Host: evil.example", "Host: a\r\nHost: b",
            "Origin: http://evil.example", "Origin: null", "Origin: %%%", "Authorization: Bearer", "Authorization: Bearer " + "k".repeat(
                    5000),
            "Content-Encoding: gzip", "Content-Type: multipart/form-data; boundary=x", "Content-Type: \"", "Accept: */*;q=zz",
            "Expect: 100-continue",
            "Expect: the impossible", "Cookie: a=\"b", "Range: bytes=5-1", "Accept-Encoding: gzip;q=1e999", "Connection: close",
            "Connection: keep-alive, x",
            "Connection: " + ",".repeat(500), "Transfer-Encoding: gzip", "Transfer-Encoding: chunked, chunked",
            "Transfer-Encoding: identity",
            "Transfer-Encoding: chunked", "Content-Length: -1", "Content-Length: 5\r\nContent-Length: 7", "Content-Length: x",
            "Content-Length: 99999999999999999999", "Content-Length: 9223372036854775807", "Content-Length: 0x10", "Content-Length: +5",
            "TE: trailers", "Max-Forwards: 0", "X-HTTP-Method-Override: DELETE", "Forwarded: for=\"[", "X-Forwarded-For: ' OR 1=1");

    private static final List<String> VERSIONS = List.of("HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/0.9", "HTTP/2.0", "HTTP/3",
            "HTTP/1.2", "HTTP/11", "http/1.1", "XYZ", "");

    private static final List<String> BAD_CHUNKS = List.of("zz\r\n{}\r\n0\r\n\r\n", "-5\r\n{}\r\n0\r\n\r\n", "2\r\n{}0\r\n\r\n",
            "7fffffff\r\n{}\r\n0\r\n\r\n", "ffffffffffffffffff\r\n{}\r\n", "2;" + "e".repeat(20_000) + "\r\n{}\r\n0\r\n\r\n", "\r\n\r\n",
            "2\r\n{}\r\n0\r\nTrailer: x\r\n\r\n", "2\r\n{}\r\n0\r\n" + "T: x\r\n".repeat(3000) + "\r\n", "2\n{}\n0\n\n", "2\r\n{}\r\n",
            "1\r\n{\r\n1\r\n}\r\n0\r\n\r\n");

    private HostileRequests() {
    }

    /// A POST whose body is well formed HTTP; what is in it is not what it should be.
    static String badBody(RandomGenerator random) {
        Template template = pick(random, TEMPLATES);
        byte[] body = body(random, template).getBytes(StandardCharsets.UTF_8);
        for (int i = random.nextInt(4) == 0 ? 1 + random.nextInt(4) : 0; i > 0 && body.length > 1; i--) {
            body = damaged(random, body);
        }
        return post(random.nextInt(20) == 0 ? pick(random, TEMPLATES).path : template.path, latin(body));
    }

    private static String body(RandomGenerator random, Template template) {
        JsonNode tree = Json.LINE.readTree(template.body.replace('\'', '"'));
        List<ObjectNode> objects = new ArrayList<>();
        List<ArrayNode> arrays = new ArrayList<>();
        collect(tree, objects, arrays);
        List<String> raw = new ArrayList<>();
        for (int i = 1 + random.nextInt(3); i > 0; i--) {
            raw.add(value(random));
            String mark = "@" + (raw.size() - 1) + "@"; // numbers beyond all bounds are no nodes
            ObjectNode object = pick(random, objects);
            List<String> there = List.copyOf(object.propertyNames());
            if (random.nextInt(8) == 0 && !there.isEmpty()) {
                object.remove(pick(random, there));
            } else if (random.nextInt(6) == 0 && !arrays.isEmpty()) {
                pick(random, arrays).insert(0, mark);
            } else {
                object.put(random.nextInt(3) == 0 || there.isEmpty() ? pick(random, FIELDS) : pick(random, there), mark);
            }
        }
        String text = Json.line(tree);
        for (int i = 0; i < raw.size(); i++) {
            text = text.replace("\"@" + i + "@\"", raw.get(i));
        }
        return random.nextInt(30) == 0 ? "[" + text + "]" : text;
    }

    private static void collect(JsonNode node, List<ObjectNode> objects, List<ArrayNode> arrays) {
        if (node instanceof ObjectNode object) {
            objects.add(object);
        } else if (node instanceof ArrayNode array) {
            arrays.add(array);
        }
        node.forEach(child -> collect(child, objects, arrays));
    }

    private static String value(RandomGenerator random) {
        return switch (random.nextInt(12)) {
            case 0 -> "[".repeat(random.nextInt(3000)) + "]".repeat(random.nextInt(3000));
            case 1 -> Long.toString(random.nextLong());
            case 2 -> Double.toString(random.nextDouble() * Math.pow(10, random.nextInt(-300, 300)));
            case 3 -> Json.line(pick(random, Arrays.asList(SpecialToken.values())).text().repeat(1 + random.nextInt(3)));
            default -> pick(random, VALUES);
        };
    }

    private static byte[] damaged(RandomGenerator random, byte[] body) {
        int at = random.nextInt(body.length);
        byte[] changed = switch (random.nextInt(4)) {
            case 0 -> Arrays.copyOf(body, at);
            case 1 -> Arrays.copyOfRange(body, at, body.length);
            default -> body.clone();
        };
        if (changed == body || changed.length == 0) {
            return changed;
        }
        changed[random.nextInt(changed.length)] = (byte) random.nextInt();
        return changed;
    }

    /// A request whose head or framing is wrong, or strange.
    static String badHead(RandomGenerator random) {
        String path = random.nextInt(3) == 0 ? pick(random, PATHS) : pick(random, TEMPLATES).path;
        String method = random.nextInt(3) == 0 ? pick(random, METHODS) : "POST";
        StringBuilder head = new StringBuilder(method + " " + path + " " + pick(random, VERSIONS) + "\r\n");
        if (random.nextInt(10) > 0) {
            head.append("Host: localhost\r\n");
        }
        for (int i = random.nextInt(3); i > 0; i--) {
            head.append(pick(random, HEADERS)).append("\r\n");
        }
        String body = body(random, pick(random, TEMPLATES));
        return switch (random.nextInt(6)) {
            case 0 -> head + "\r\n" + latin(body.getBytes(StandardCharsets.UTF_8));
            case 1 -> head + "Transfer-Encoding: chunked\r\n\r\n" + pick(random, BAD_CHUNKS);
            case 2 -> head + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n" + pick(random, BAD_CHUNKS);
            case 3 -> head.toString().replace("\r\n", random.nextBoolean() ? "\n" : "\r") + "\n\n";
            default -> head + "Content-Length: " + body.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n"
                    + latin(body.getBytes(StandardCharsets.UTF_8));
        };
    }

    /// Bytes that are no HTTP at all.
    static String noise(RandomGenerator random) {
        byte[] bytes = new byte[1 + random.nextInt(3000)];
        random.nextBytes(bytes);
        return switch (random.nextInt(4)) {
            case 0 -> "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + latin(bytes);
            case 1 -> "\u0016\u0003\u0001\u0002\u0000\u0001" + latin(bytes); // TLS begins like this
            case 2 -> "GET /\r\n";
            default -> latin(bytes);
        };
    }

    /// A request that is right.
    static String right() {
        return post("/v1/completions", "{\"prompt\":\"right\",\"max_tokens\":4,\"temperature\":0}");
    }

    /// A request that is right, and whose answer is long.
    static String longStream() {
        return post("/v1/chat/completions",
                "{\"messages\":[{\"role\":\"user\",\"content\":\"long\"}],\"stream\":true,\"n\":4,\"logprobs\":true,\"top_logprobs\":20}");
    }

    private static String post(String path, String body) {
        return "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " + body.length()
                + "\r\n\r\n" + body;
    }

    private static String latin(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static <T> T pick(RandomGenerator random, List<T> all) {
        return all.get(random.nextInt(all.size()));
    }
}
