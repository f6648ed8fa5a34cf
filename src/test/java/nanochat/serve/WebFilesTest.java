package nanochat.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import nanochat.io.Json;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.core.type.TypeReference;

/// The files of the pages as a browser gets them, and what each page's folder must hold.
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class WebFilesTest {
    private static final Path WEB = Path.of("src/main/resources/nanochat/web");
    private static final Pattern KEY = Pattern.compile("\\bt\\(\"([\\w.-]+)\"[,)]|data-t(?:-label|-placeholder)?=\"([\\w.-]+)\"");

    @TempDir
    static Path models;

    private static TestServer server;

    @BeforeAll
    static void start() {
        server = TestServer.random(models, options -> new ServerOptions(options.host(), 0, List.of(ApiKey.of("very-secret")), Set.of(),
                options.queue(), true, true, options.limits(), Duration.ofSeconds(1)));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static Stream<Path> folders() throws IOException {
        try (Stream<Path> all = Files.list(WEB)) {
            return all.toList().stream();
        }
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.toList();
        }
    }

    private static Map<String, String> messages(Path folder, String language) throws IOException {
        return Json.LINE.readValue(Files.readString(folder.resolve(language + ".json")), new TypeReference<>() {
        });
    }

    @Test
    void aPageIsForEverybodyAndMayRunNothingButItsOwnFiles() throws Exception {
        HttpResponse<String> page = server.get("/");
        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.headers().firstValue("Content-Type").orElseThrow()).matches("text/html; ?charset=utf-8");
        assertThat(page.headers().firstValue("Content-Security-Policy").orElseThrow()).startsWith("default-src 'none'; ")
                .contains("script-src 'self';", "style-src 'self';", "img-src 'self';", "connect-src 'self';", "frame-ancestors 'none'")
                .doesNotContain("unsafe", "data:", "*");
        assertThat(page.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
        assertThat(page.headers().firstValue("Referrer-Policy")).contains("no-referrer");
        assertThat(page.headers().allValues("Content-Security-Policy")).hasSize(1);
        assertThat(server.get("/v1/models").statusCode()).as("what it asks for needs the key").isEqualTo(401);
    }

    @Test
    void whatABrowserHasIsNotSentAgain() throws Exception {
        HttpResponse<String> first = server.get("/web/house/house.css");
        String tag = first.headers().firstValue("ETag").orElseThrow();
        HttpResponse<String> second = server.send(server.request("/web/house/house.css").header("If-None-Match", tag));
        HttpResponse<String> other = server.send(server.request("/web/house/house.js").header("If-None-Match", tag));
        assertThat(second.statusCode()).isEqualTo(304);
        assertThat(second.body()).isEmpty();
        assertThat(second.headers().firstValue("ETag")).contains(tag);
        assertThat(other.statusCode()).isEqualTo(200);
        HttpResponse<String> head = server.send(server.request("/web/house/house.css").method("HEAD",
                HttpRequest.BodyPublishers.noBody()));
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
    }

    @Test
    void everyFileHasItsType() throws Exception {
        Map<String, String> types = Map.of("/web/house/house.js", "text/javascript", "/web/house/house.css", "text/css",
                "/web/house/icon.svg", "image/svg+xml", "/web/chat/en.json", "application/json", "/web/lib/marked.js", "text/javascript",
                "/web/lib/purify.js", "text/javascript", "/web/lib/uplot.js", "text/javascript", "/web/lib/uplot.css", "text/css",
                "/web/pages.json", "application/json");
        for (Map.Entry<String, String> each : types.entrySet()) {
            HttpResponse<String> response = server.get(each.getKey());
            assertThat(response.statusCode()).as(each.getKey()).isEqualTo(200);
            assertThat(response.headers().firstValue("Content-Type").orElseThrow()).as(each.getKey()).startsWith(each.getValue());
            assertThat(response.body()).isNotBlank();
        }
        assertThat(server.get("/web/lib/marked.js").body()).contains("marked v");
        assertThat(server.get("/web/pages.json").body()).contains("{\"name\":\"chat\",\"address\":\"/\"}");
    }

    /// Sent as they are, without a client that would tidy them.
    @Test
    void noAddressLeadsOutOfTheList() throws Exception {
        for (String path : List.of("/web/", "/web/house", "/web/house/", "/web/chat/index.html", "/web/house/../house/house.css",
                "/web/../nanochat/Nanochat.class", "/web/house/..%2fhouse.css", "/web/house/%2e%2e/%2e%2e/page/page.css",
                "/web/house/house.css%00", "/web/house\\house.css", "/web//house/house.css", "/web/house/HOUSE.CSS",
                "/web/lib/../../etc/passwd",
                "/META-INF/MANIFEST.MF", "/nanochat/web/house/house.css", "/web/house/;/house.css", "//etc/passwd")) {
            assertThat(status(path)).as(path).isBetween(400, 499);
        }
    }

    private static int status(String path) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", server.port())) {
            socket.getOutputStream().write(("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return Integer.parseInt(answer.substring("HTTP/1.1 ".length(), "HTTP/1.1 200".length()));
        }
    }

    @Test
    void everyPageHasAFolderWhoseFilesItNames() throws IOException {
        Map<String, List<String>> named = Stream.of(WebPage.CHAT, WebPage.RUNS, WebPage.EXPLAIN).collect(Collectors.toMap(WebPage::name,
                WebPage::files));
        for (Path folder : folders().toList()) {
            List<String> expected = folder.endsWith("house") ? WebPage.HOUSE : named.get(folder.getFileName().toString());
            assertThat(files(folder).stream().map(file -> file.getFileName().toString())).containsExactlyInAnyOrderElementsOf(expected);
        }
    }

    @Test
    void markupHasNoScriptStyleOrHandlerOfItsOwn() throws IOException {
        for (Path folder : folders().filter(each -> !each.endsWith("house")).toList()) {
            String page = Files.readString(folder.resolve("index.html"));
            assertThat(page).doesNotContainPattern("(?i)<script(?![^>]*\\bsrc=\"/web/)[^>]*>").doesNotContainPattern("(?i)<style|\\sstyle=")
                    .doesNotContainPattern("(?i)\\son\\w+=").doesNotContainPattern("(?i)(?:src|href)=\"(?!/|#)")
                    .contains("<script src=\"/web/house/early.js\"></script>", "/web/house/house.css", "id=\"bar\"");
        }
    }

    /// A message that one language lacks, that nothing says, or that is said and nowhere defined.
    @Test
    void bothLanguagesHaveEveryMessageThatIsSaid() throws IOException {
        Map<String, String> house = messages(WEB.resolve("house"), "en");
        for (Path folder : folders().toList()) {
            Map<String, String> english = messages(folder, "en");
            Map<String, String> chinese = messages(folder, "zh");
            assertThat(chinese.keySet()).as(folder.toString()).containsExactlyElementsOf(english.keySet());
            StringBuilder said = new StringBuilder();
            for (Path file : files(folder)) {
                said.append(file.toString().endsWith(".json") ? "" : Files.readString(file));
            }
            Matcher keys = KEY.matcher(said);
            while (keys.find()) {
                String key = keys.group(1) != null ? keys.group(1) : keys.group(2);
                assertThat(english.containsKey(key) || house.containsKey(key)).as("%s says %s", folder, key).isTrue();
            }
            for (String key : english.keySet()) {
                String family = "\"" + key.substring(0, key.lastIndexOf('.') + 1) + "\"";
                assertThat(said.toString().contains("\"" + key + "\"") || said.toString().contains(family) || key.equals("house.skip"))
                        .as("%s defines %s, which nothing says", folder, key).isTrue();
                assertThat(placeholders(chinese.get(key))).as(key).isEqualTo(placeholders(english.get(key)));
                assertThat(chinese.get(key)).as(key).isNotBlank();
            }
        }
    }

    private static Set<String> placeholders(String message) {
        return Pattern.compile("\\{\\w+\\}").matcher(message).results().map(java.util.regex.MatchResult::group)
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
