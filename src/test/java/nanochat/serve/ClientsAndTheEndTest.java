package nanochat.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Clients that leave, that do not read, and that are there when the server ends. The model says "abab" as long as it is let, so that what is under way
/// ends only because of what the tests do.
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class ClientsAndTheEndTest {
    @TempDir
    Path models;

    private TestServer endless(int queue, Duration patience) {
        return TestServer.endless(models, options -> new ServerOptions(options.host(), options.port(), List.of(), Set.of(), queue, true,
                true,
                options.limits(), patience));
    }

    private static String request(boolean stream, int answers, int tokens) {
        String body = "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"temperature\":0,\"stream\":" + stream + ",\"n\":" + answers
                + ",\"max_tokens\":" + tokens + ",\"logprobs\":true,\"top_logprobs\":20}";
        return "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    }

    private static void await(String what, BooleanSupplier condition) throws InterruptedException {
        for (int i = 0; i < 12_000 && !condition.getAsBoolean(); i++) {
            Thread.sleep(5);
        }
        assertThat(condition.getAsBoolean()).as(what).isTrue();
    }

    private static boolean isEmpty(TestServer server) {
        return server.server.answersInside() == 0 && server.server.reservedCacheBytes() == 0;
    }

    /// Waits until all rows are taken by answers that do not end.
    private static void fill(RawConnection connection, TestServer server, boolean stream) throws Exception {
        connection.send(request(stream, TestServer.ROWS, TestServer.ENDLESS_CONTEXT));
        await("answers are under way", () -> server.server.answersInside() == TestServer.ROWS && server.server.reservedCacheBytes() > 0);
    }

    @Test
    void aClientThatLeavesFreesItsRowsWhetherItReadsAStreamOrWaitsForTheWhole() throws Exception {
        try (TestServer server = endless(0, Duration.ZERO)) {
            for (boolean stream : List.of(true, false)) {
                try (RawConnection connection = new RawConnection(server.port())) {
                    fill(connection, server, stream);
                    HttpResponse<String> refused = server.post("/v1/completions", "{\"prompt\":\"a\"}");
                    assertThat(refused.statusCode()).isEqualTo(429);
                    assertThat(refused.headers().firstValueAsLong("Retry-After").orElseThrow()).isBetween(1L, 60L);
                    assertThat(Json.LINE.readTree(refused.body()).path("error").path("code").asString()).isEqualTo("rate_limit_exceeded");
                }
                await("its rows are free", () -> isEmpty(server));
            }
            assertThat(server.errors).isEmpty();
        }
    }

    @Test
    void aClientThatNeverReadsFreesItsRowsThoughItStays() throws Exception {
        try (TestServer server = endless(0, Duration.ZERO); RawConnection connection = new RawConnection(server.port())) {
            fill(connection, server, true);
            await("its rows are free", () -> isEmpty(server));
            assertThat(server.ask("/v1/completions", "{'prompt':'a','max_tokens':3}").path("choices")).hasSize(1);
            assertThat(server.errors).isEmpty();
        }
    }

    /// Of a head that comes byte by byte: sends until the server hangs up.
    private static boolean isHungUpOn(RawConnection connection) {
        try {
            for (int i = 0; i < 2000; i++) {
                connection.send("x");
                Thread.sleep(20);
                if (connection.hasHungUp()) {
                    return true;
                }
            }
            return false;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void headsThatTrickleAreHungUpOnWhileWhoReadsAStreamIsNotAndOthersAreAnswered() throws Exception {
        RequestLimits all = RequestLimits.DEFAULT;
        RequestLimits limits = new RequestLimits(Duration.ofMillis(800), all.bodyBytes(), all.prompts(), all.samples(), all.stops(),
                all.stopLength());
        try (TestServer server = TestServer.endless(models, options -> new ServerOptions(options.host(), options.port(), List.of(),
                Set.of(), 8, true, true, limits, Duration.ZERO));
                RawConnection reader = new RawConnection(server.port());
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<RawConnection.Answer> stream = threads.submit(() -> {
                for (int i = 0; i < 2; i++) { // the stream is its third request
                    reader.send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
                    assertThat(reader.answer().orElseThrow().status()).isEqualTo(200);
                }
                reader.send(request(true, 1, 4_000).replace(",\"logprobs\":true,\"top_logprobs\":20", " ".repeat(34)));
                return reader.answer().orElseThrow();
            });
            List<Future<Boolean>> trickling = IntStream.range(0, 40).mapToObj(i -> threads.submit(() -> {
                try (RawConnection connection = new RawConnection(server.port())) {
                    if (i % 2 == 1) { // in their second request
                        connection.send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
                        assertThat(connection.answer().orElseThrow().status()).isEqualTo(200);
                    }
                    connection.send("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nX-Slow: ");
                    return isHungUpOn(connection);
                }
            })).toList();
            assertThat(server.get("/health").statusCode()).isEqualTo(200);
            for (Future<Boolean> each : trickling) {
                assertThat(each.get()).isTrue();
            }
            assertThat(server.get("/health").statusCode()).isEqualTo(200);
            assertThat(stream.get().body()).as("a long answer").endsWith("data: [DONE]\n\n");
            assertThat(server.errors).isEmpty();
        }
    }

    @Test
    void whoWaitsBehindOthersIsAnsweredWhenTheyLeave() throws Exception {
        try (TestServer server = endless(1, Duration.ZERO)) {
            CompletableFuture<HttpResponse<String>> waiting;
            try (RawConnection connection = new RawConnection(server.port())) {
                fill(connection, server, true);
                waiting = server.client.sendAsync(server.request("/v1/completions")
                        .POST(java.net.http.HttpRequest.BodyPublishers.ofString("{\"prompt\":\"a\",\"max_tokens\":3,\"temperature\":0}"))
                        .build(),
                        HttpResponse.BodyHandlers.ofString());
                await("it waits", () -> server.server.answersInside() == TestServer.ROWS + 1);
                assertThat(server.post("/v1/completions", "{\"prompt\":\"a\"}").statusCode()).as("the queue is full").isEqualTo(429);
            }
            assertThat(Json.LINE.readTree(waiting.get(1, TimeUnit.MINUTES).body()).path("choices").path(0).path("text").asString())
                    .isEqualTo("bab");
        }
    }

    @Test
    void whatIsUnderWayMayEndBeforeTheServerDoes() throws Exception {
        TestServer server = endless(4, Duration.ofMinutes(2));
        try (RawConnection connection = new RawConnection(server.port())) {
            connection.send(request(false, 1, 2000));
            await("it is under way", () -> server.server.answersInside() == 1);
            Thread end = Thread.startVirtualThread(server::close);
            RawConnection.Answer answer = connection.answer().orElseThrow();
            assertThat(answer.status()).isEqualTo(200);
            assertThat(Json.LINE.readTree(answer.body()).path("choices").path(0).path("message").path("content").asString()).hasSize(
                    2000);
            end.join();
        }
        assertThat(server.errors).isEmpty();
    }

    @Test
    void whatDoesNotEndInTimeIsEndedAndSaysSo() throws Exception {
        for (boolean stream : List.of(true, false)) {
            TestServer server = endless(4, Duration.ofMillis(300));
            try (RawConnection connection = new RawConnection(server.port()); RawConnection late = new RawConnection(server.port())) {
                fill(connection, server, stream);
                Thread end = Thread.startVirtualThread(server.server::close);
                boolean refused = false;
                while (end.isAlive() && !refused) {
                    late.send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
                    refused = late.answer().map(answer -> answer.status() == 503).orElse(true);
                }
                connection.answer().ifPresent(answer -> {
                    assertThat(answer.body()).as("it does not look like a whole answer").doesNotContain("[DONE]", "\"finish_reason\":\"");
                    assertThat(answer.body()).contains("shutting down");
                });
                end.join();
                assertThat(server.server.answersInside()).isZero();
                assertThat(server.errors).isEmpty();
            } finally {
                server.close();
            }
        }
    }

    @Test
    void aPortThatIsTakenIsSaid() {
        try (TestServer server = endless(4, Duration.ZERO)) {
            assertThatExceptionOfType(BadInputException.class)
                    .isThrownBy(() -> ModelServer.start(server.engine, "second", true, 1, ServerOptions.atPort(server.port()),
                            server.errors::add))
                    .withMessageContaining("Cannot listen at 127.0.0.1:" + server.port()).withMessageContaining("Choose another port");
        }
    }
}
