package nanochat.compare;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import nanochat.io.Setting;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// What a comparison has found so far, in one file: each thing is worked out once, and kept as soon as it is known. A comparison that was killed asks
/// for the same things again and goes on where the file ends.
final class Ledger {
    static final String FILE_NAME = "results.json";

    private final Path file;
    private final Conditions conditions;
    private final Map<String, JsonNode> found;

    /// The file.
    ///
    /// @param found by what it is of
    private record Content(Conditions conditions, Map<String, JsonNode> found) {}

    private Ledger(Path file, Content content) {
        this.file = file;
        conditions = content.conditions;
        found = new TreeMap<>(content.found);
    }

    /// That of a folder, or an empty one.
    ///
    /// @throws BadInputException when it is one of other conditions, or cannot be read
    static Ledger open(Path folder, Conditions conditions) {
        Path file = folder.resolve(FILE_NAME);
        if (!Files.exists(file)) {
            return new Ledger(file, new Content(conditions, Map.of()));
        }
        Ledger ledger = read(folder);
        if (!ledger.conditions.equals(conditions)) {
            throw BadInputException.about("%s holds a comparison under other conditions: %s, and these are %s. Choose another %s", folder,
                    Json.line(ledger.conditions), Json.line(conditions), new Setting("name"));
        }
        return ledger;
    }

    /// That of a folder.
    ///
    /// @throws BadInputException when there is none, or it cannot be read
    static Ledger read(Path folder) {
        Path file = folder.resolve(FILE_NAME);
        return new Ledger(file, Json.read(file, Content.class));
    }

    Conditions conditions() {
        return conditions;
    }

    /// Of what something is known.
    Stream<String> keys() {
        return found.keySet().stream();
    }

    /// What is known of something.
    <T> Optional<T> find(String key, Class<T> type) {
        return Optional.ofNullable(found.get(key)).map(node -> {
            try {
                return Json.LINE.treeToValue(node, type);
            } catch (JacksonException otherVersion) {
                throw new BadInputException("Another version wrote '" + key + "' in " + file + ": " + Json.problem(otherVersion),
                        otherVersion);
            }
        });
    }

    /// What is known of something, or worked out now and kept.
    <T> T once(String key, Class<T> type, Supplier<T> work) {
        Optional<T> known = find(key, type);
        if (known.isPresent()) {
            return known.get();
        }
        T value = work.get();
        found.put(key, Json.LINE.valueToTree(value));
        Json.write(file, new Content(conditions, found));
        return value;
    }
}
