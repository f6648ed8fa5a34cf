package nanochat.serve;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import nanochat.io.Json;
import tools.jackson.databind.JsonNode;

/// A server with the same pages whose model says what the test wants: after `ENDLESS` something that never ends, else the text it was given. A token is a
/// character.
final class FixedAnswers implements AutoCloseable {
    static final String ENDLESS = "endless";
    private static final int END = 0x110000;

    /// What it was asked for.
    final List<JsonNode> requests = new CopyOnWriteArrayList<>();
    /// Open when the client of an endless answer has left.
    final CountDownLatch left = new CountDownLatch(1);
    volatile String answer = "";
    /// Errors of the program.
    final List<Throwable> errors = new CopyOnWriteArrayList<>();
    private final HttpFront http;

    /// @param keys one of which clients must show, if there are any
    FixedAnswers(List<ApiKey> keys) {
        ServerOptions open = ServerOptions.atPort(0);
        ServerOptions options = new ServerOptions(open.host(), 0, keys, open.origins(), open.queue(), open.prefixSharing(), true,
                open.limits(), open.patience());
        http = new HttpFront(options, List.of(WebPage.CHAT), errors::add, config -> {
            config.routes.get("/v1/models", context -> context.contentType("application/json")
                    .result("{\"data\":[{\"id\":\"fixed\",\"max_model_len\":1000}]}"));
            config.routes.get("/tokenizer_info", context -> context.contentType("application/json")
                    .result(("{'eos_token':'<|assistant_end|>','special_tokens':{'<|assistant_end|>':" + END
                            + ",'<|bos|>':1114113,'<|user_start|>':1114114,'<|user_end|>':1114115,'<|assistant_start|>':1114116,"
                            + "'<|python_start|>':1114117,'<|python_end|>':1114118,'<|output_start|>':1114119,'<|output_end|>':1114120}}")
                            .replace('\'', '"')));
            config.routes.post("/v1/chat/completions", context -> {
                JsonNode request = Json.LINE.readTree(context.body());
                requests.add(request);
                answer(new EventStream(context.res()), context.res(), request);
            });
        });
        http.start();
    }

    String address() {
        return http.address();
    }

    private void answer(EventStream out, HttpServletResponse response, JsonNode request) throws IOException, InterruptedException {
        JsonNode last = request.path("messages").path(request.path("messages").size() - 1);
        if (last.path("content").asString().equals(ENDLESS)) {
            try {
                for (int i = 0; i < 100_000; i++) {
                    out.send(piece("word ", Optional.empty()));
                    Thread.sleep(20);
                }
            } catch (IOException gone) {
                left.countDown();
                throw gone;
            }
        }
        // In pieces that cut words, markup and surrogate pairs' neighbours anywhere.
        int[] characters = answer.codePoints().toArray();
        for (int i = 0; i < characters.length; i += 7) {
            out.send(piece(new String(characters, i, Math.min(7, characters.length - i)), Optional.empty()));
        }
        out.send(piece("", Optional.of("stop")));
        response.getOutputStream().write("data: [DONE]\n\n".getBytes(StandardCharsets.UTF_8));
    }

    private static Map<String, Object> piece(String text, Optional<String> reason) {
        List<Object> tokens = new ArrayList<>();
        text.codePoints().forEach(character -> tokens.add(token(character, new String(Character.toChars(character)))));
        if (reason.isPresent()) {
            tokens.add(token(END, "<|assistant_end|>"));
        }
        return Map.of("choices", List.of(Map.of("index", 0, "delta", Map.of("content", text), "logprobs", Map.of("content", tokens),
                "finish_reason", reason)));
    }

    private static Map<String, Object> token(int id, String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        List<Integer> bytes = new ArrayList<>();
        for (byte each : utf8) {
            bytes.add(each & 0xff);
        }
        Map<String, Object> token = Map.of("id", id, "token", text, "logprob", -0.5, "bytes", bytes);
        return Map.of("id", id, "token", text, "logprob", -0.5, "bytes", bytes, "top_logprobs", List.of(token, Map.of("id", 33, "token",
                "!", "logprob", -1.5, "bytes", List.of(33))));
    }

    @Override
    public void close() {
        http.stop();
    }
}
