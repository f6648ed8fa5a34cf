package nanochat.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import nanochat.io.BaseDirectory;
import nanochat.io.Json;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// The server of the page of runs, asked as a browser asks it.
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class DashboardServerTest {
    @TempDir
    Path base;

    private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final List<Throwable> errors = new CopyOnWriteArrayList<>();
    private PageServer server;

    private void start(ServerOptions options) {
        server = PageServer.ofRuns(new BaseDirectory(base), options, errors::add);
    }

    @AfterEach
    void stop() {
        server.close();
        assertThat(errors).isEmpty();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(server.address()).resolve(path)).timeout(Duration.ofMinutes(2));
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return client.send(request(path).build(), BodyHandlers.ofString());
    }

    private void append(String tag, String line) throws IOException {
        Path file = Files.createDirectories(base.resolve("base_checkpoints").resolve(tag)).resolve("metrics.jsonl");
        Files.writeString(file, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private static JsonNode nextEvent(BufferedReader in) throws IOException {
        String line = in.readLine();
        while (!line.startsWith("data: ")) {
            line = in.readLine();
        }
        return Json.LINE.readTree(line.substring("data: ".length()));
    }

    @Test
    void aListenerHearsWhatThereIsAndThenWhatChanges() throws Exception {
        append("d1", "{\"type\":\"step\",\"step\":0,\"loss\":5}");
        append("d2", "{\"type\":\"step\",\"step\":0,\"loss\":6}");
        start(ServerOptions.atPort(0));
        HttpResponse<InputStream> response = client.send(request("/runs/events").build(), BodyHandlers.ofInputStream());
        assertThat(response.headers().firstValue("Content-Type").orElseThrow()).startsWith("text/event-stream");
        try (BufferedReader in = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            JsonNode event = nextEvent(in);
            while (event.path("runs").valueStream().noneMatch(run -> run.path("loss").asDouble(0) == 6)) {
                event = nextEvent(in);
            }
            assertThat(event.path("names").valueStream().map(JsonNode::asString)).containsExactlyInAnyOrder("base/d1", "base/d2");
            append("d1", "{\"type\":\"step\",\"step\":1,\"loss\":4}");
            event = nextEvent(in);
            while (event.path("runs").valueStream().noneMatch(run -> run.path("loss").asDouble(0) == 4)) {
                event = nextEvent(in);
            }
            assertThat(event.path("runs").valueStream().map(run -> run.path("name").asString())).containsExactly("base/d1");
            assertThat(event.path("runs").path(0).path("step").asInt()).isEqualTo(2);

            JsonNode curves = Json.LINE.readTree(get("/runs/curves?run=base/d1").body());
            assertThat(curves.path("tracks").path("step").path("mean").path("loss").valueStream().map(JsonNode::asDouble))
                    .containsExactly(5.0, 4.0);
            JsonNode more = Json.LINE.readTree(get("/runs/curves?run=base/d1&known=" + curves.path("known").asString()).body());
            assertThat(Json.LINE.readTree(get("/runs/closeup?run=base/d1&from=0&to=1").body()).path("tracks").isEmpty()).as(
                    "there is no more to see").isTrue();
            assertThat(more.path("more").asBoolean()).isTrue();
            assertThat(more.path("tracks").path("step").path("step").valueStream().map(JsonNode::asInt)).containsExactly(1);
        }
    }

    @Test
    void evaluationsAreThoseOfTheNewestCheckpointThatHasAny() throws Exception {
        append("d1", "{\"type\":\"step\",\"step\":0,\"loss\":5}");
        start(ServerOptions.atPort(0));
        while (get("/runs/evaluation?run=base/d1").statusCode() == 404) {
            Thread.sleep(20);
        }
        assertThat(get("/runs/evaluation?run=base/d1").body()).isEqualTo("{\"step\":null,\"results\":null}");
        Path folder = base.resolve("base_checkpoints/d1");
        Files.writeString(folder.resolve("meta_000020.json"), "{}");
        Files.writeString(folder.resolve("meta_000030.json"), "{}");
        Files.writeString(folder.resolve("eval_000020.json"), "{\"bits_per_byte\":1.5}");
        assertThat(get("/runs/evaluation?run=base/d1").body()).isEqualTo("{\"step\":20,\"results\":{\"bits_per_byte\":1.5}}");
    }

    @Test
    void whatDoesNotExistIsNotThereAndNothingCanBeChanged() throws Exception {
        append("d1", "{\"type\":\"step\",\"step\":0,\"loss\":5}");
        start(ServerOptions.atPort(0));
        assertThat(get("/").statusCode()).isEqualTo(302);
        assertThat(get("/runs").body()).contains("/web/runs/runs.js");
        assertThat(get("/runs/curves").statusCode()).isEqualTo(400);
        for (String wrong : List.of("", "&from=0", "&from=-1&to=3", "&from=0&to=x", "&from=0&to=9999999999", "&from=0&to=")) {
            assertThat(get("/runs/closeup?run=base/d1" + wrong).statusCode()).as(wrong).isEqualTo(400);
        }
        for (String path : List.of("/runs/curves?run=base/d9", "/runs/closeup?run=base/d9&from=0&to=9",
                "/runs/details?run=base/..%2f..%2fetc", "/runs/evaluation?run=%00",
                "/runs/metrics.jsonl", "/runs/../base_checkpoints/d1/metrics.jsonl", "/v1/models")) {
            assertThat(get(path).statusCode()).as(path).isEqualTo(404);
        }
        for (String method : List.of("POST", "PUT", "DELETE", "PATCH")) {
            HttpResponse<String> refused = client.send(request("/runs/curves?run=base/d1").method(method,
                    HttpRequest.BodyPublishers.ofString("{}")).build(), BodyHandlers.ofString());
            assertThat(refused.statusCode()).as(method).isEqualTo(405);
        }
    }

    @Test
    void withAKeyOnlyThePageIsForEverybody() throws Exception {
        start(new ServerOptions(ServerOptions.LOOPBACK, 0, List.of(ApiKey.of("very-secret")), Set.of(), 0, true, false,
                RequestLimits.DEFAULT,
                Duration.ZERO));
        assertThat(get("/runs").statusCode()).isEqualTo(200);
        for (String path : List.of("/runs/events", "/runs/curves?run=base/d1", "/runs/closeup?run=base/d1&from=0&to=9",
                "/runs/details?run=base/d1",
                "/runs/evaluation?run=base/d1")) {
            assertThat(get(path).statusCode()).as(path).isEqualTo(401);
        }
        HttpResponse<InputStream> allowed = client.send(request("/runs/events").header("Authorization", "Bearer very-secret").build(),
                BodyHandlers.ofInputStream());
        assertThat(allowed.statusCode()).isEqualTo(200);
        allowed.body().close();
    }

    @Test
    void pagesOfOtherPlacesMayNotAsk() throws Exception {
        start(ServerOptions.atPort(0));
        HttpResponse<String> refused = client.send(request("/runs/events").header("Origin", "https://example.org").build(), BodyHandlers
                .ofString());
        assertThat(refused.statusCode()).isEqualTo(403);
    }

    @Test
    void thereIsRoomForManyListenersAndWhoLeavesMakesRoom() throws Exception {
        start(ServerOptions.atPort(0));
        List<InputStream> listeners = new ArrayList<>();
        HttpResponse<InputStream> last = client.send(request("/runs/events").build(), BodyHandlers.ofInputStream());
        while (last.statusCode() == 200) {
            listeners.add(last.body());
            assertThat(listeners).hasSizeLessThan(100);
            last = client.send(request("/runs/events").build(), BodyHandlers.ofInputStream());
        }
        assertThat(last.statusCode()).isEqualTo(429);
        assertThat(last.headers().firstValue("Retry-After")).isPresent();
        for (InputStream each : listeners) {
            each.close();
        }
        while (last.statusCode() != 200) {
            Thread.sleep(100);
            last = client.send(request("/runs/events").build(), BodyHandlers.ofInputStream());
        }
        last.body().close();
    }
}
