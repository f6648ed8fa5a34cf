package nanochat.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import nanochat.explain.Subjects;
import nanochat.explain.Topic;
import nanochat.explain.Topics;
import nanochat.io.Json;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.Keys;
import tools.jackson.databind.JsonNode;

/// The server of the web lab, asked as its page asks it, by those who mean no good, and with a browser.
@Timeout(value = 600, unit = TimeUnit.SECONDS)
class LabServerTest {
    private static final List<Throwable> ERRORS = new CopyOnWriteArrayList<>();
    private static final HttpClient CLIENT = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private static PageServer server;

    @TempDir
    Path folder;

    @BeforeAll
    static void start() {
        server = PageServer.ofExplanations(Subjects.tiny(List.of(), 1), ServerOptions.atPort(0), ERRORS::add);
    }

    @AfterAll
    static void stop() {
        server.close();
        CLIENT.close();
    }

    @AfterEach
    void nothingWentWrongInside() {
        assertThat(ERRORS).isEmpty();
    }

    private static HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(server.address()).resolve(path)).timeout(Duration.ofMinutes(5));
    }

    private static HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return CLIENT.send(request(path).build(), BodyHandlers.ofString());
    }

    private static HttpResponse<String> post(String body) throws IOException, InterruptedException {
        return CLIENT.send(request("/explain/answer").header("Content-Type", "application/json").POST(BodyPublishers.ofString(body))
                .build(), BodyHandlers.ofString());
    }

    private static HttpResponse<String> ask(String topic, Map<String, String> values) throws IOException, InterruptedException {
        return post(Json.line(Map.of("reader", "me", "topic", topic, "lang", "en", "values", values)));
    }

    private static List<JsonNode> events(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type").orElseThrow()).startsWith("text/event-stream");
        List<JsonNode> events = new ArrayList<>();
        response.body().lines().filter(line -> line.startsWith("data: ")).map(line -> Json.LINE.readTree(line.substring(6))).forEach(
                events::add);
        return events;
    }

    @Test
    void everyTopicIsThereWithWhatCanBeChanged() throws Exception {
        for (String language : List.of("en", "zh")) {
            JsonNode all = Json.LINE.readTree(get("/explain/topics?lang=" + language).body());
            assertThat(all.path("topics").valueStream().map(topic -> topic.path("name").asString()))
                    .containsExactlyElementsOf(Topics.all().stream().map(Topic::name).toList());
            for (JsonNode topic : all.path("topics")) {
                assertThat(topic.path("question").asString()).isNotBlank();
                assertThat(topic.path("knobs").valueStream().map(knob -> knob.path("kind").asString())).isSubsetOf("text", "whole",
                        "choice");
                assertThat(topic.path("knobs").valueStream().map(knob -> knob.path("label").asString())).noneMatch(String::isBlank);
            }
        }
        assertThat(get("/explain/topics?lang=xx").statusCode()).isEqualTo(400);
    }

    @Test
    void whatCanBeChosenIsSaidInTheReadersLanguageAndEndsWhereTheModelEnds() throws Exception {
        Map<String, List<String>> said = Map.of("en", List.of("mean", "sum"), "zh", List.of("平均（mean）", "求和（sum）"));
        for (String language : said.keySet()) {
            JsonNode all = Json.LINE.readTree(get("/explain/topics?lang=" + language).body());
            JsonNode reduction = knob(all, "loss", "reduction");
            assertThat(reduction.path("choices").valueStream().map(JsonNode::asString)).containsExactly("mean", "sum");
            assertThat(reduction.path("names").valueStream().map(JsonNode::asString)).containsExactlyElementsOf(said.getOrDefault(language,
                    List.of()));
            assertThat(knob(all, "optimizer", "matrix").path("names")).as("the code's own names").isEqualTo(knob(all, "optimizer", "matrix")
                    .path("choices"));
            assertThat(knob(all, "attention", "layer").path("most").asInt()).as("two layers, from 0").isEqualTo(1);
            assertThat(knob(all, "attention", "head").path("most").asInt()).as("two heads").isEqualTo(1);
            assertThat(knob(all, "optimizer", "layer").path("most").asInt()).isEqualTo(1);
        }
    }

    private static JsonNode knob(JsonNode all, String topic, String name) {
        return all.path("topics").valueStream().filter(each -> each.path("name").asString().equals(topic)).flatMap(each -> each.path(
                "knobs")
                .valueStream()).filter(knob -> knob.path("name").asString().equals(name)).findFirst().orElseThrow();
    }

    @Test
    void aLanguageMustBeOneOfTheTwo() throws Exception {
        assertThat(get("/explain/topics").statusCode()).isEqualTo(400);
    }

    @Test
    void anAnswerSaysWhatIsBeingDoneAndEndsWithTheDocument() throws Exception {
        List<JsonNode> events = events(ask("loss", Map.of("masked", "2", "text", "<b>one</b> two three four")));
        assertThat(events.subList(0, events.size() - 1)).allMatch(event -> List.of("waiting", "working").contains(event.path("state")
                .asString()));
        assertThat(events.getLast().path("state").asString()).isEqualTo("answered");
        JsonNode document = events.getLast().path("document");
        assertThat(document.path("figures").size()).isEqualTo(4);
        JsonNode cells = document.path("sections").path(0).path("blocks").valueStream().filter(block -> block.path("kind").asString()
                .equals("cells")).findFirst().orElseThrow().path("cells");
        assertThat(cells.path(0).path("ground").asString()).isEqualTo("gone");
        assertThat(cells.path(1).path("ground").asString()).isEqualTo("gone");
        assertThat(cells.path(2).path("ground").asString()).startsWith("s");
        assertThat(document.path("sections").valueStream().flatMap(section -> section.path("blocks").valueStream())
                .filter(block -> block.path("kind").asString().equals("check"))).isNotEmpty().allMatch(check -> check.path("holds")
                        .asBoolean());
        assertThat(events(ask("loss", Map.of("masked", "2", "text", "<b>one</b> two three four")))).as("the second time it is at hand")
                .hasSize(1);
    }

    @Test
    void whatIsNoneOfTheLabsIsRefused() throws Exception {
        assertThat(ask("magic", Map.of()).statusCode()).isEqualTo(400);
        assertThat(ask("loss", Map.of("colour", "red")).statusCode()).isEqualTo(400);
        assertThat(ask("loss", Map.of("masked", "48")).statusCode()).isEqualTo(400);
        assertThat(ask("loss", Map.of("masked", "99999999999999999999")).statusCode()).isEqualTo(400);
        assertThat(ask("loss", Map.of("text", "a".repeat(501))).statusCode()).isEqualTo(400);
        assertThat(ask("loss", Map.of("text", "a".repeat(100_000))).statusCode()).isEqualTo(413);
        for (String body : List.of("", "[]", "{", "null", "{\"topic\":\"loss\"}", "{\"reader\":\"\",\"topic\":\"loss\",\"lang\":\"en\"}",
                "{\"reader\":7,\"topic\":\"loss\",\"lang\":\"en\"}", "{\"reader\":\"" + "r".repeat(65)
                        + "\",\"topic\":\"loss\",\"lang\":\"en\"}",
                "{\"reader\":\"r\",\"lang\":\"en\"}", "{\"reader\":\"r\",\"topic\":\"loss\",\"lang\":\"de\"}",
                "{\"reader\":\"r\",\"topic\":\"loss\",\"lang\":\"en\",\"values\":[]}",
                "{\"reader\":\"r\",\"topic\":\"loss\",\"lang\":\"en\",\"values\":{\"masked\":1}}",
                "{\"reader\":\"r\",\"topic\":\"loss\",\"lang\":\"en\",\"values\":{\"text\":null}}", "[".repeat(5000))) {
            assertThat(post(body).statusCode()).as(body).isEqualTo(400);
        }
        assertThat(get("/explain/answer").statusCode()).isEqualTo(405);
        assertThat(get("/explain/loss").statusCode()).isEqualTo(404);
        assertThat(CLIENT.send(request("/explain/answer").header("Origin", "https://elsewhere.example").POST(BodyPublishers.ofString(
                "{}")).build(), BodyHandlers.ofString()).statusCode()).isEqualTo(403);
    }

    @Test
    void withoutAKeyThereAreOnlyTheFiles() throws Exception {
        ServerOptions locked = new ServerOptions(ServerOptions.LOOPBACK, 0, List.of(ApiKey.of("very-secret")), java.util.Set.of(), 0, true,
                true, RequestLimits.DEFAULT, Duration.ofSeconds(1));
        try (PageServer other = PageServer.ofExplanations(Subjects.tiny(List.of(), 1), locked, ERRORS::add)) {
            assertThat(CLIENT.send(HttpRequest.newBuilder(URI.create(other.address())).build(), BodyHandlers.ofString()).statusCode())
                    .isEqualTo(200);
            assertThat(CLIENT.send(HttpRequest.newBuilder(URI.create(other.address() + "/topics?lang=en")).build(), BodyHandlers.ofString())
                    .statusCode()).isEqualTo(401);
        }
    }

    @Test
    void aReaderChangesATopicAndSeesTheNumbersMove() throws Exception {
        try (Browser browser = new Browser(folder)) {
            browser.open(server.address());
            browser.await("all topics", () -> browser.count("#topics li") == Topics.all().size());
            browser.open(server.address() + "?topic=loss&masked=3");
            browser.await("the answer", () -> browser.count("#sections .cell.gone") == 3);
            assertThat(browser.count("#figures dd")).isEqualTo(4);
            assertThat(browser.count("#sections .check.fails")).isZero();
            String before = browser.text("#figures dd");

            browser.run("document.querySelector('#knob-masked').focus()");
            browser.press(Keys.ARROW_UP);
            browser.await("one more is masked", () -> browser.count("#sections .cell.gone") == 4);
            assertThat(browser.text("#figures dd")).isNotEqualTo(before);
            assertThat(browser.count("#figures .n.moved")).isPositive();
            assertThat(browser.is("document.activeElement.id === 'knob-masked'")).isTrue();

            browser.run("document.querySelector('.try[data-line$=\"masked=0\"]').focus()");
            browser.press(Keys.ENTER);
            browser.await("nothing is masked", () -> browser.count("#sections .cell.gone") == 0);
            assertThat(browser.is("location.search.includes('masked=0')")).as("the address says so, too").isTrue();
            assertThat(browser.is("document.activeElement.dataset.line?.endsWith('masked=0')")).as("the focus stays").isTrue();

            browser.run("const text = document.querySelector('#knob-text'); text.value = '<img src=x onerror=alert(1)>';"
                    + "text.dispatchEvent(new Event('input'))");
            browser.await("its tokens", () -> browser.text("#sections .cells").contains("<"));
            assertThat(browser.count("#sections img")).isZero();

            browser.click("#language");
            browser.await("Chinese", () -> browser.text("#title").equals("从概率到一个数") && browser.text("#sections h2").contains("每个位置"));
            browser.size(390, 844);
            assertThat(browser.is("document.documentElement.scrollWidth <= innerWidth")).as("nothing is wider than a phone").isTrue();
            assertThat(browser.complaints()).isEmpty();
        }
    }
}
