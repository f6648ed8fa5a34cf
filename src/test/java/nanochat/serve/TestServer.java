package nanochat.serve;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import nanochat.chat.TestModels;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.engine.Engine;
import nanochat.engine.EngineOptions;
import nanochat.engine.WeightFormat;
import nanochat.io.Json;
import nanochat.tokenizer.SpecialToken;
import tools.jackson.databind.JsonNode;

/// A small model behind a free port, and a client.
final class TestServer implements AutoCloseable {
    static final String NAME = "tiny-sft";
    static final int CONTEXT = 600;
    static final int ENDLESS_CONTEXT = 1 << 16;
    static final int ROWS = 4;

    final Engine engine;
    final ModelServer server;
    /// Errors of the program.
    final List<Throwable> errors = new CopyOnWriteArrayList<>();
    final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private TestServer(CheckpointDirectory checkpoints, boolean takesTurns, UnaryOperator<ServerOptions> options) {
        engine = Engine.load(checkpoints, TestModels.STEP, EngineOptions.of(WeightFormat.F32, 1).withRows(ROWS));
        server = ModelServer.start(engine, NAME, takesTurns, ROWS, options.apply(ServerOptions.atPort(0)), errors::add);
    }

    /// A model whose words mean nothing.
    static TestServer random(Path folder, UnaryOperator<ServerOptions> options) {
        return new TestServer(TestModels.saveRandom(folder, "tiny", CONTEXT, 3), true, options);
    }

    static TestServer scripted(Path folder, TestModels.Script script) {
        return new TestServer(TestModels.saveScripted(folder, "scripted", CONTEXT, script), true, options -> options);
    }

    /// A model that says "ababab" and so on as long as it is let.
    static TestServer endless(Path folder, UnaryOperator<ServerOptions> options) {
        return new TestServer(TestModels.saveScripted(folder, "endless", ENDLESS_CONTEXT,
                new TestModels.Script().chain(SpecialToken.ASSISTANT_START, "aba")), true, options);
    }

    static TestServer base(Path folder) {
        return new TestServer(TestModels.saveRandom(folder, "base", CONTEXT, 3), false, options -> options);
    }

    URI uri(String path) {
        return URI.create(server.address() + path);
    }

    int port() {
        return uri("/").getPort();
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(uri(path)).timeout(Duration.ofMinutes(2));
    }

    HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return send(request(path));
    }

    HttpResponse<String> post(String path, String body) throws IOException, InterruptedException {
        return send(request(path).header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    /// What a request that must succeed gets; quotes are written as '.
    JsonNode ask(String path, String body) throws IOException, InterruptedException {
        HttpResponse<String> response = post(path, body.replace('\'', '"'));
        if (response.statusCode() != 200) {
            throw new AssertionError(response.statusCode() + " " + response.body());
        }
        return Json.LINE.readTree(response.body());
    }

    /// The events of a stream that must succeed and end with `[DONE]`.
    List<JsonNode> stream(String path, String body) throws IOException, InterruptedException {
        HttpResponse<String> response = post(path, body.replace('\'', '"'));
        List<String> events = new ArrayList<>(response.body().lines().filter(line -> line.startsWith("data: "))
                .map(line -> line.substring("data: ".length())).toList());
        if (response.statusCode() != 200 || !events.removeLast().equals("[DONE]")) {
            throw new AssertionError(response.statusCode() + " " + response.body());
        }
        return events.stream().map(Json.LINE::readTree).toList();
    }

    @Override
    public void close() {
        client.close();
        server.close();
        engine.close();
    }
}
