package nanochat.serve;

import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import nanochat.io.Json;
import nanochat.io.Sha256;

/// The files of web pages, out of the program's jar. Each has an address of its own and there are no others: an address never becomes a path, so no
/// path can lead out. A browser keeps them, and asks by their entity tag whether they have changed.
final class WebFiles {
    /// A page may load what this server has and nothing else; no script, style or handler may stand in markup, nor may a string become one.
    static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
            + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types dompurify";
    private static final String ROOT = "/nanochat/web/";
    private static final Map<String, String> TYPES = Map.of("html", "text/html; charset=utf-8", "css", "text/css; charset=utf-8", "js",
            "text/javascript; charset=utf-8", "mjs", "text/javascript; charset=utf-8", "json", "application/json; charset=utf-8", "svg",
            "image/svg+xml");

    private final Map<String, WebFile> files = new LinkedHashMap<>();

    private record WebFile(byte[] content, String type, String tag) {
        static WebFile of(byte[] content, String name) {
            String type = Objects.requireNonNull(TYPES.get(name.substring(name.lastIndexOf('.') + 1)), name);
            byte[] hash = Sha256.begin().digest(content);
            return new WebFile(content, type, "\"" + HexFormat.of().formatHex(Arrays.copyOf(hash, 12)) + "\"");
        }
    }

    /// What the pages need to name each other.
    private record Link(String name, String address) {}

    /// Reads what these pages consist of.
    WebFiles(List<WebPage> pages) {
        WebPage.HOUSE.forEach(name -> add("/web/house/" + name, ROOT + "house/" + name));
        add("/favicon.ico", ROOT + "house/icon.svg"); // what a browser asks for where an answer is no page
        for (WebLibrary library : WebLibrary.values()) {
            add(library.address(), library.resource());
        }
        for (WebPage page : pages) {
            for (String name : page.files()) {
                add(name.equals("index.html") ? page.address() : "/web/" + page.name() + "/" + name, ROOT + page.name() + "/" + name);
            }
        }
        String links = Json.line(pages.stream().map(page -> new Link(page.name(), page.address())).toList());
        files.put("/web/pages.json", WebFile.of(links.getBytes(StandardCharsets.UTF_8), "pages.json"));
    }

    private void add(String address, String resource) {
        try (InputStream in = WebFiles.class.getResourceAsStream(resource)) {
            byte[] content = Optional.ofNullable(in).orElseThrow(() -> new IllegalStateException("Not on the class path: " + resource))
                    .readAllBytes();
            files.put(address, WebFile.of(content, resource));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Whether there is a file at this address. Files are for everybody; what they ask the server for may need a key.
    boolean has(String address) {
        return files.containsKey(address);
    }

    /// Adds a route for each file.
    void addTo(JavalinConfig config) {
        files.forEach((address, file) -> config.routes.get(address, context -> send(context, file)));
    }

    private static void send(Context context, WebFile file) {
        context.header("Content-Security-Policy", POLICY);
        context.header("Cross-Origin-Resource-Policy", "same-origin");
        context.header("Cache-Control", "no-cache");
        context.header("ETag", file.tag());
        if (file.tag().equals(context.header("If-None-Match"))) {
            context.status(304);
        } else {
            context.contentType(file.type()).result(file.content());
        }
    }
}
