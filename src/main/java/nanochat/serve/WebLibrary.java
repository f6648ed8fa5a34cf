package nanochat.serve;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.Properties;

/// Scripts of others that the pages import, as files of webjars. Which version it is says the jar, and so the pom alone.
enum WebLibrary {
    /// Markdown to HTML.
    MARKED("marked.js", "marked", "lib/marked.esm.js"),
    /// HTML to harmless HTML.
    PURIFY("purify.js", "dompurify", "dist/purify.es.mjs"),
    /// Charts.
    UPLOT("uplot.js", "uplot", "dist/uPlot.esm.js"), UPLOT_STYLE("uplot.css", "uplot", "dist/uPlot.min.css");

    private final String served;
    private final String webjar;
    private final String file;

    WebLibrary(String served, String webjar, String file) {
        this.served = served;
        this.webjar = webjar;
        this.file = file;
    }

    /// The address that pages import it from.
    String address() {
        return "/web/lib/" + served;
    }

    /// Its place on the class path.
    String resource() {
        return "/META-INF/resources/webjars/" + webjar + "/" + version() + "/" + file;
    }

    private String version() {
        String place = "/META-INF/maven/org.webjars.npm/" + webjar + "/pom.properties";
        try (InputStream in = WebLibrary.class.getResourceAsStream(place)) {
            Properties properties = new Properties();
            properties.load(Optional.ofNullable(in).orElseThrow(() -> new IllegalStateException("Not on the class path: " + place)));
            return properties.getProperty("version", "");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
