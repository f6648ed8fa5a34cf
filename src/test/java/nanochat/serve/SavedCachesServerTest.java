package nanochat.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import nanochat.io.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Conversations whose keys and values outlive the server. Oracle: docs/serve.md, and the answers of a server that reads everything.
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class SavedCachesServerTest {
    private static final String ALICE = "key-of-alice";
    private static final String BOB = "key-of-bob";
    private static final String CARL = "key-of-carl";
    private static final String QUESTION = "{'role':'user','content':'Tell me about everything there is, and take your time while you do so.'}";

    @TempDir
    Path models;

    @TempDir
    Path caches;

    private TestServer start(long mostBytes) {
        return TestServer.random(models, options -> new ServerOptions(options.host(), options.port(),
                List.of(ApiKey.of(BOB), ApiKey.of(ALICE), ApiKey.of(CARL).withoutPrefixSharing()), options.origins(), options.queue(), true,
                options.calculator(), options.limits(), options.patience()).withCaches(new CacheFolder(caches, mostBytes)));
    }

    /// Once more on another connection where the server has hung up on the one before, as it does after a request that it did not read to its end.
    private static HttpResponse<String> send(TestServer server, String key, String method, String path, String body) throws Exception {
        HttpRequest.Builder request = server.request(path).header("Authorization", "Bearer " + key).header("Content-Type",
                "application/json").method(method, BodyPublishers.ofString(body.replace('\'', '"')));
        try {
            return server.send(request);
        } catch (IOException hungUp) {
            return server.send(request);
        }
    }

    private static JsonNode ask(TestServer server, String key, String method, String path, String body) throws Exception {
        HttpResponse<String> response = send(server, key, method, path, body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return Json.LINE.readTree(response.body());
    }

    private static String refusal(TestServer server, String key, String method, String path, String body, int status) throws Exception {
        HttpResponse<String> response = send(server, key, method, path, body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.body()).doesNotContain("/tmp", ".kv");
        return Json.LINE.readTree(response.body()).at("/error/code").asString();
    }

    private static JsonNode chat(TestServer server, String key, String messages) throws Exception {
        return ask(server, key, "POST", "/v1/chat/completions", "{'messages':[" + messages
                + "],'max_tokens':60,'temperature':0.7,'seed':5}");
    }

    private static int cached(JsonNode answer) {
        return answer.at("/usage/prompt_tokens_details/cached_tokens").asInt(-1);
    }

    private static String nextTurn(JsonNode answer) {
        return QUESTION + ",{'role':'assistant','content':" + Json.line(answer.at("/choices/0/message/content").asString()).replace("'",
                "\\u0027") + "},{'role':'user','content':'And then?'}";
    }

    private long files() throws IOException {
        try (Stream<Path> all = Files.walk(caches)) {
            return all.filter(Files::isRegularFile).count();
        }
    }

    @Test
    void aConversationGoesOnInALaterServerAsItWouldHaveAndIsNobodyElses() throws Exception {
        JsonNode first;
        JsonNode expected;
        int tokens;
        try (TestServer server = start(1 << 24)) {
            assertThat(refusal(server, ALICE, "PUT", "/nanochat/caches/talk", "{'messages':[" + QUESTION + "]}", 404))
                    .isEqualTo("nothing_cached");
            first = chat(server, ALICE, QUESTION);
            JsonNode saved = ask(server, ALICE, "PUT", "/nanochat/caches/talk", "{'messages':[" + QUESTION + "]}");
            tokens = saved.at("/tokens").asInt();
            assertThat(tokens).isGreaterThanOrEqualTo(64);
            JsonNode list = ask(server, ALICE, "GET", "/nanochat/caches", "");
            assertThat(list.at("/data").size()).isEqualTo(1);
            assertThat(list.at("/data/0/name").asString()).isEqualTo("talk");
            assertThat(list.at("/data/0/bytes").asLong()).isEqualTo(saved.at("/bytes").asLong());
            assertThat(Files.getPosixFilePermissions(Files.list(caches).findFirst().orElseThrow()))
                    .isEqualTo(PosixFilePermissions.fromString("rwx------"));
            server.engine.forgetKept();
            expected = chat(server, ALICE, nextTurn(first));
            assertThat(cached(expected)).isZero();
        }
        try (TestServer server = start(1 << 24)) {
            assertThat(ask(server, BOB, "GET", "/nanochat/caches", "").at("/data").size()).isZero();
            assertThat(refusal(server, BOB, "POST", "/nanochat/caches/talk/load", "", 404)).isEqualTo("no_such_cache");
            assertThat(refusal(server, BOB, "DELETE", "/nanochat/caches/talk", "", 404)).isEqualTo("no_such_cache");
            assertThat(ask(server, ALICE, "POST", "/nanochat/caches/talk/load", "").at("/tokens").asInt()).isEqualTo(tokens);
            assertThat(cached(chat(server, BOB, nextTurn(first)))).as("another key").isZero();
            JsonNode answer = chat(server, ALICE, nextTurn(first));
            assertThat(cached(answer)).isPositive().isLessThanOrEqualTo(tokens);
            assertThat(answer.at("/choices/0/message/content")).isEqualTo(expected.at("/choices/0/message/content"));
            assertThat(ask(server, ALICE, "DELETE", "/nanochat/caches/talk", "").at("/deleted").asBoolean()).isTrue();
            assertThat(refusal(server, ALICE, "POST", "/nanochat/caches/talk/load", "", 404)).isEqualTo("no_such_cache");
            assertThat(files()).isZero();
            assertThat(server.errors).isEmpty();
        }
    }

    @Test
    void filesUnusedForLongestMakeRoom() throws Exception {
        long size;
        try (TestServer server = start(1 << 24)) {
            chat(server, ALICE, QUESTION);
            size = ask(server, ALICE, "PUT", "/nanochat/caches/a", "{'messages':[" + QUESTION + "]}").at("/bytes").asLong();
            assertThat(ask(server, ALICE, "PUT", "/nanochat/caches/a", "{'messages':[" + QUESTION + "]}").at("/bytes").asLong())
                    .as("in place of itself").isEqualTo(size);
        }
        try (TestServer server = start(2 * size + size / 2)) {
            chat(server, ALICE, QUESTION);
            ask(server, ALICE, "PUT", "/nanochat/caches/b", "{'messages':[" + QUESTION + "]}");
            for (Path file : List.of(file("a"), file("b"))) {
                Files.setLastModifiedTime(file, FileTime.fromMillis(file.endsWith("a.kv") ? 1_000_000 : 2_000_000));
            }
            ask(server, ALICE, "POST", "/nanochat/caches/a/load", ""); // used last
            ask(server, ALICE, "PUT", "/nanochat/caches/c", "{'messages':[" + QUESTION + "]}");
            assertThat(ask(server, ALICE, "GET", "/nanochat/caches", "").at("/data").valueStream().map(entry -> entry.at("/name")
                    .asString()))
                    .containsExactlyInAnyOrder("a", "c");
        }
        try (TestServer server = start(size - 1)) {
            chat(server, ALICE, QUESTION);
            assertThat(refusal(server, ALICE, "PUT", "/nanochat/caches/d", "{'messages':[" + QUESTION + "]}", 400))
                    .isEqualTo("cache_too_large");
            assertThat(files()).as("nothing was deleted for it").isEqualTo(2);
        }
    }

    private Path file(String name) throws IOException {
        try (Stream<Path> all = Files.walk(caches)) {
            return all.filter(path -> path.endsWith(name + ".kv")).findFirst().orElseThrow();
        }
    }

    @Test
    void namesThatAreNoneWrongBodiesAndDamagedFilesAreRefused() throws Exception {
        try (TestServer server = start(1 << 24)) {
            chat(server, ALICE, QUESTION);
            String body = "{'messages':[" + QUESTION + "]}";
            for (String name : List.of("..", "../x", "..\\x", "/etc/passwd", ".hidden", "a/b", "a b", "a\u0000", "ü", "x".repeat(65),
                    "a.kv\n")) {
                String path = "/nanochat/caches/" + URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
                for (String method : List.of("PUT", "DELETE")) {
                    assertThat(send(server, ALICE, method, path, body).statusCode()).as("%s %s", method, name).isBetween(400, 405);
                }
                assertThat(send(server, ALICE, "POST", path + "/load", "").statusCode()).as(name).isBetween(400, 405);
            }
            for (String wrong : List.of("", "[]", "{}", "{'messages':[]}", "{'messages':7}", "{'prompt':[]}", "{'prompt':['a','b']}",
                    "{'prompt':[-1]}", "{'prompt':[99999999]}", "{'messages':[{'role':'user','content':5}]}", "{'messages':[" + QUESTION)) {
                assertThat(send(server, ALICE, "PUT", "/nanochat/caches/x", wrong).statusCode()).as(wrong).isEqualTo(400);
            }
            assertThat(files()).isZero();
            assertThat(send(server, "wrong", "PUT", "/nanochat/caches/x", body).statusCode()).isEqualTo(401);
            for (String method : List.of("GET", "PUT", "DELETE")) {
                assertThat(refusal(server, CARL, method, method.equals("GET") ? "/nanochat/caches" : "/nanochat/caches/x", body, 400))
                        .isEqualTo("no_prefix_sharing");
            }
            ask(server, ALICE, "PUT", "/nanochat/caches/x", body);
            byte[] content = Files.readAllBytes(file("x"));
            content[content.length / 2] ^= 1;
            Files.write(file("x"), content);
            assertThat(refusal(server, ALICE, "POST", "/nanochat/caches/x/load", "", 409)).isEqualTo("unusable_cache");
            Path own = file("x").getParent();
            Files.delete(file("x"));
            Files.delete(own);
            Files.writeString(own, "a file where a folder should be");
            assertThat(refusal(server, ALICE, "PUT", "/nanochat/caches/x", body, 503)).isEqualTo("unavailable");
            assertThat(server.errors).isEmpty();
        }
    }

    @Test
    void whatAKilledServerHadBegunToWriteIsDeletedAndWithoutAFolderThereIsNothing() throws Exception {
        Path own = Files.createDirectories(caches.resolve("key-of-somebody"));
        Path old = Files.writeString(own.resolve("a.kv.tmp-1-2"), "x");
        Path fresh = Files.writeString(own.resolve("b.kv.tmp-1-3"), "x");
        Files.setLastModifiedTime(old, FileTime.fromMillis(1_000_000));
        try (TestServer server = start(1 << 24)) {
            assertThat(old).doesNotExist();
            assertThat(fresh).as("another server may be writing it").exists();
            assertThat(server.errors).isEmpty();
        }
        try (TestServer server = TestServer.random(models, options -> options)) {
            assertThat(server.get("/nanochat/caches").statusCode()).isEqualTo(404);
        }
    }
}
