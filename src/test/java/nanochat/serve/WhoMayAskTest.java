package nanochat.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import nanochat.io.BadInputException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Keys, names of this machine, and pages of other places. Oracle: docs/serve.md.
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class WhoMayAskTest {
    private static final String KEY = "first-key-of-two";
    private static final String OTHER_KEY = "second-key-of-two";
    private static final String FRIEND = "https://friend.example";
    private static final List<String> ENDPOINTS = List.of("POST /v1/chat/completions", "POST /v1/completions", "GET /v1/models",
            "GET /v1/models/tiny-sft", "POST /tokenize", "POST /detokenize", "GET /tokenizer_info", "GET /metrics", "POST /v1/embeddings");

    @TempDir
    static Path models;

    private static TestServer open;
    private static TestServer keyed;

    @BeforeAll
    static void start() {
        open = TestServer.random(models, options -> options);
        keyed = TestServer.random(models.resolve("keyed"), options -> new ServerOptions(options.host(), options.port(),
                List.of(ApiKey.of(KEY), ApiKey.of(OTHER_KEY)), Set.of(FRIEND), options.queue(), true, options.calculator(), options
                        .limits(),
                options.patience()));
    }

    @AfterAll
    static void stop() {
        open.close();
        keyed.close();
    }

    private static RawConnection.Answer ask(TestServer server, String request, String... headers) throws IOException {
        try (RawConnection connection = new RawConnection(server.port())) {
            connection.send(request + " HTTP/1.1\r\nConnection: close\r\nContent-Length: 2\r\n" + String.join("", List.of(headers).stream()
                    .map(
                            header -> header + "\r\n").toList()) + "\r\n{}");
            return connection.answer().orElseThrow();
        }
    }

    private static int status(TestServer server, String request, String... headers) throws IOException {
        return ask(server, request, headers).status();
    }

    @Test
    void everyEndpointButHealthAsksForAKey() throws Exception {
        for (String endpoint : ENDPOINTS) {
            RawConnection.Answer refused = ask(keyed, endpoint, "Host: localhost");
            assertThat(refused.status()).as(endpoint).isEqualTo(401);
            assertThat(refused.header("WWW-Authenticate")).contains("Bearer");
            assertThat(refused.body()).contains("\"invalid_api_key\"").doesNotContain("wrong");
            assertThat(status(keyed, endpoint, "Host: localhost", "Authorization: Bearer " + KEY)).as(endpoint).isNotEqualTo(401);
        }
        assertThat(status(keyed, "GET /health", "Host: localhost")).isEqualTo(200);
        assertThat(status(keyed, "GET /v1/models", "Host: localhost", "Authorization: Bearer " + OTHER_KEY)).isEqualTo(200);
        for (String wrong : List.of(KEY.substring(1), KEY + "x", KEY + " " + OTHER_KEY, "", "Bearer " + KEY, "\u00fc")) {
            RawConnection.Answer refused = ask(keyed, "GET /v1/models", "Host: localhost", "Authorization: Bearer " + wrong);
            assertThat(refused.status()).as(wrong).isEqualTo(401);
            assertThat(refused.body()).doesNotContain(KEY);
        }
        assertThat(status(keyed, "GET /v1/models", "Host: localhost", "Authorization: Basic " + KEY)).isEqualTo(401);
        assertThat(status(keyed, "GET /nowhere", "Host: localhost")).as("nor does a stranger learn what there is").isEqualTo(401);
    }

    @Test
    void onLoopbackOnlyNamesOfThisMachineAreAnswered() throws Exception {
        for (String name : List.of("localhost", "LOCALHOST", "127.0.0.1", "[::1]", "localhost:" + open.port(), "127.0.0.1:1234")) {
            assertThat(status(open, "GET /v1/models", "Host: " + name)).as(name).isEqualTo(200);
        }
        for (String name : List.of("evil.example", "evil.example:" + open.port(), "localhost.evil.example", "127.0.0.1.evil.example",
                "10.0.0.1")) {
            for (String request : List.of("GET /v1/models", "POST /v1/completions", "GET /health")) {
                assertThat(status(open, request, "Host: " + name)).as(name).isEqualTo(403);
            }
        }
    }

    @Test
    void pagesOfOtherPlacesMayNotAsk() throws Exception {
        assertThat(status(open, "GET /v1/models", "Host: localhost:1", "Origin: http://localhost:1")).as("its own page").isEqualTo(200);
        for (String origin : List.of("http://evil.example", "null", "http://localhost:2", "%%%", FRIEND)) {
            RawConnection.Answer refused = ask(open, "POST /v1/completions", "Host: localhost:1", "Origin: " + origin);
            assertThat(refused.status()).as(origin).isEqualTo(403);
            assertThat(refused.header("Access-Control-Allow-Origin")).isEmpty();
        }
        assertThat(ask(open, "OPTIONS /v1/completions", "Host: localhost", "Origin: http://evil.example",
                "Access-Control-Request-Method: POST").header("Access-Control-Allow-Origin")).isEmpty();
    }

    @Test
    void pagesOfNamedPlacesMayAskWithAKey() throws Exception {
        RawConnection.Answer before = ask(keyed, "OPTIONS /v1/chat/completions", "Host: localhost", "Origin: " + FRIEND,
                "Access-Control-Request-Method: POST", "Access-Control-Request-Headers: authorization,content-type");
        assertThat(before.status()).isEqualTo(204);
        assertThat(before.header("Access-Control-Allow-Origin")).contains(FRIEND);
        assertThat(before.header("Access-Control-Allow-Headers").orElseThrow()).contains("Authorization");
        assertThat(status(keyed, "GET /v1/models", "Host: localhost", "Origin: " + FRIEND)).isEqualTo(401);
        RawConnection.Answer asked = ask(keyed, "GET /v1/models", "Host: localhost", "Origin: " + FRIEND, "Authorization: Bearer " + KEY);
        assertThat(asked.status()).isEqualTo(200);
        assertThat(asked.header("Access-Control-Allow-Origin")).contains(FRIEND);
        assertThat(asked.header("Vary")).contains("Origin");
        assertThat(status(keyed, "GET /v1/models", "Host: localhost", "Origin: http://friend.example", "Authorization: Bearer " + KEY))
                .isEqualTo(403);
    }

    @Test
    void nothingThatIsAnsweredIsAPage() throws Exception {
        for (String request : List.of("GET /v1/models", "GET /nowhere", "POST /v1/completions", "GET /metrics")) {
            RawConnection.Answer answer = ask(open, request, "Host: localhost");
            assertThat(answer.header("Content-Security-Policy")).as(request).contains("default-src 'none'; frame-ancestors 'none'");
            assertThat(answer.header("X-Content-Type-Options")).contains("nosniff");
            assertThat(answer.header("Server")).isEmpty();
        }
    }

    @Test
    void aKeyFileIsForItsOwnerAlone(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("keys"), "# two of them\n\n  " + KEY + "  \n" + OTHER_KEY + "\n");
        for (String permissions : List.of("rw-r--r--", "rw----r--", "rw--w----", "rw-----w-")) {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
            assertThatExceptionOfType(BadInputException.class).isThrownBy(() -> ApiKey.read(file)).withMessageContaining("chmod 600 "
                    + file);
        }
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        List<ApiKey> keys = ApiKey.read(file);
        assertThat(keys).hasSize(2).anyMatch(key -> key.matches(KEY)).anyMatch(key -> key.matches(OTHER_KEY))
                .noneMatch(key -> key.matches("# two of them"));
    }

    @Test
    void whatIsWrongWithAKeyFileIsSaid(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("keys"), "# none\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        assertThatExceptionOfType(BadInputException.class).isThrownBy(() -> ApiKey.read(file)).withMessageContaining("There is no key in");
        Files.writeString(file, KEY + "\nshort\n");
        assertThatExceptionOfType(BadInputException.class).isThrownBy(() -> ApiKey.read(file)).withMessageContaining("keys, line 2: ");
        Files.write(file, new byte[]{(byte) 0xff, 'a'});
        assertThatExceptionOfType(BadInputException.class).isThrownBy(() -> ApiKey.read(file)).withMessageContaining("is no text");
        assertThatExceptionOfType(BadInputException.class).isThrownBy(() -> ApiKey.read(folder.resolve("absent")))
                .withMessageContaining("There is no key file");
    }
}
