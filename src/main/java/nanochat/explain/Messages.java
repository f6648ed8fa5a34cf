package nanochat.explain;

import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;

/// The words of a topic in one language: its own, and those that all share.
public final class Messages {
    private static final String SHARED = "shared";

    private final String topic;
    private final Language language;
    private final Properties shared;
    private final Properties own;

    private Messages(String topic, Language language) {
        this.topic = topic;
        this.language = language;
        shared = read(SHARED, language);
        own = read(topic, language);
    }

    public static Messages of(String topic, Language language) {
        return new Messages(topic, language);
    }

    public Language language() {
        return language;
    }

    /// The text of a key; `{0}`, `{1}`, ... stand for the values.
    ///
    /// @throws IllegalArgumentException when there is no such key
    public String text(String key, Object... values) {
        String text = own.getProperty(key, shared.getProperty(key, ""));
        if (text.isEmpty()) {
            throw new IllegalArgumentException("'" + key + "' is missing in " + topic + ".properties in " + language);
        }
        for (int i = 0; i < values.length; i++) {
            text = text.replace("{" + i + "}", String.valueOf(values[i]));
        }
        return text;
    }

    /// What a choice of a knob is called; where the code's own name is all there is, that.
    public String choice(String knob, String choice) {
        return own.getProperty("choice." + knob + "." + choice, choice);
    }

    Set<String> keys() {
        return own.stringPropertyNames();
    }

    private static Properties read(String name, Language language) {
        String file = "/nanochat/explain/" + language.folder() + "/" + name + ".properties";
        Properties words = new Properties();
        try (InputStreamReader reader = new InputStreamReader(Objects.requireNonNull(Messages.class.getResourceAsStream(file), file),
                StandardCharsets.UTF_8)) {
            words.load(reader);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return words;
    }
}
