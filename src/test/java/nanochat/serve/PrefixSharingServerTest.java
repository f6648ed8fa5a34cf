package nanochat.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// What a client learns of the cache: how many tokens of its prompt were in it, and nothing of what others asked.
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class PrefixSharingServerTest {
    private static final List<String> KEYS = List.of("key-of-alice", "key-of-bob");

    @TempDir
    Path models;

    private static ServerOptions withKeys(ServerOptions options) {
        return new ServerOptions(options.host(), options.port(), KEYS.stream().map(ApiKey::of).toList(), options.origins(), options.queue(),
                true, options.calculator(), options.limits(), options.patience());
    }

    /// The answer and the tokens of the prompt that were cached.
    private static JsonNode complete(TestServer server, String key, int promptTokens) throws Exception {
        String prompt = IntStream.range(0, promptTokens).mapToObj(i -> Integer.toString('a' + i % 26)).collect(Collectors.joining(","));
        HttpResponse<String> response = server.send(server.request("/v1/completions").header("Content-Type", "application/json")
                .header("Authorization", "Bearer " + key)
                .POST(BodyPublishers.ofString("{\"prompt\":[" + prompt + "],\"max_tokens\":12,\"temperature\":0.5,\"seed\":4}")));
        assertThat(response.statusCode()).isEqualTo(200);
        return Json.LINE.readTree(response.body());
    }

    private static int cached(JsonNode answer) {
        return answer.at("/usage/prompt_tokens_details/cached_tokens").asInt(-1);
    }

    @Test
    void whoAsksAgainIsToldWhatWasCachedAndWhoHasAnotherKeyFindsNothing() throws Exception {
        try (TestServer server = TestServer.random(models, PrefixSharingServerTest::withKeys)) {
            JsonNode first = complete(server, KEYS.getFirst(), 200);
            assertThat(cached(first)).isZero();
            JsonNode again = complete(server, KEYS.getFirst(), 200);
            assertThat(cached(again)).isEqualTo(199);
            assertThat(again.at("/choices/0/text")).isEqualTo(first.at("/choices/0/text"));
            assertThat(cached(complete(server, KEYS.getFirst(), 150))).isEqualTo(149);
            JsonNode others = complete(server, KEYS.getLast(), 200);
            assertThat(cached(others)).isZero();
            assertThat(others.at("/choices/0/text")).isEqualTo(first.at("/choices/0/text"));
            assertThat(server.engine.keptCachePages()).isPositive();
            server.server.close();
            assertThat(server.engine.keptCachePages()).as("after the end").isZero();
        }
    }

    @Test
    void nothingIsKeptWhereNothingIsShared() throws Exception {
        try (TestServer server = TestServer.random(models, options -> withKeys(options).withoutPrefixSharing())) {
            for (int i = 0; i < 2; i++) {
                assertThat(cached(complete(server, KEYS.getFirst(), 200))).isZero();
                assertThat(server.engine.keptCachePages()).isZero();
            }
        }
    }

    @Test
    void aKeyThatDoesNotShareNeitherFindsNorLeavesAnythingAndTheOthersGoOnSharing(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("keys"), KEYS.getFirst() + "   no-prefix-sharing \n" + KEYS.getLast() + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        List<ApiKey> keys = ApiKey.read(file);
        try (TestServer server = TestServer.random(models, options -> new ServerOptions(options.host(), options.port(), keys,
                options.origins(), options.queue(), true, options.calculator(), options.limits(), options.patience()))) {
            for (int i = 0; i < 2; i++) {
                assertThat(cached(complete(server, KEYS.getFirst(), 200))).isZero();
                assertThat(server.engine.keptCachePages()).isZero();
            }
            assertThat(cached(complete(server, KEYS.getLast(), 200))).as("what the other has asked").isZero();
            assertThat(cached(complete(server, KEYS.getFirst(), 200))).as("what this one has asked").isZero();
            assertThat(cached(complete(server, KEYS.getLast(), 200))).isEqualTo(199);
        }
    }

    @Test
    void whatStandsBehindAKeyIsReadOrRefused(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("keys"), KEYS.getFirst() + " no-prefix-sharing\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        assertThat(ApiKey.read(file)).singleElement().matches(key -> key.matches(KEYS.getFirst()))
                .matches(key -> !key.sharesPrefixes()).matches(key -> !key.matches(KEYS.getFirst() + " no-prefix-sharing"));
        for (String wrong : List.of(" prefix-sharing", " no-prefix-sharing twice", " no-prefix-sharing=true")) {
            Files.writeString(file, KEYS.getFirst() + wrong + "\n");
            assertThatExceptionOfType(BadInputException.class).isThrownBy(() -> ApiKey.read(file)).withMessageContaining("keys, line 1: ")
                    .withMessageContaining("no-prefix-sharing");
        }
    }

    @Test
    void aTurnOfAConversationReadsOnlyWhatIsNew() throws Exception {
        try (TestServer server = TestServer.random(models, options -> options)) {
            String question = "{'role':'user','content':'Tell me about everything there is, and take your time while you do so.'}";
            JsonNode first = server.ask("/v1/chat/completions", "{'messages':[" + question + "],'max_tokens':20,'temperature':0}");
            int prompt = first.at("/usage/prompt_tokens").asInt();
            JsonNode second = server.ask("/v1/chat/completions", "{'messages':[" + question + ",{'role':'assistant','content':"
                    + Json.line(first.at("/choices/0/message/content").asString())
                    + "},{'role':'user','content':'And then?'}],'max_tokens':5}");
            assertThat(cached(second)).isGreaterThanOrEqualTo(prompt);
        }
    }
}
