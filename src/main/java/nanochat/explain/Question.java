package nanochat.explain;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/// The beginning of a text, and some ways in which it might go on.
///
/// @param options as they follow the context, with the space where there is one; the right one first
record Question(Level level, String context, List<String> options) {
    private static final String NO_SPACE_BEFORE = ",.!?;:'\"";

    /// What a model must have learned to know how a text goes on, from the least to the most.
    enum Level {
        /// Which words stand together.
        COLLOCATION,
        /// What the sentence and its sense ask for.
        GRAMMAR,
        /// What is so in the world, or in the small world of a story.
        KNOWLEDGE,
        /// What follows from what was said, and stands nowhere.
        REASONING;

        String key() {
            return "level." + name().toLowerCase(Locale.ROOT);
        }
    }

    Question {
        options = List.copyOf(options);
    }

    /// The share that guessing gets right.
    double chance() {
        return 1.0 / options.size();
    }

    /// All of a language, from the file `explain/questions/LANGUAGE.txt`: a section a level, in each line `context -> right | wrong | wrong`.
    static List<Question> all(Language language) {
        String file = "/nanochat/explain/questions/" + language.folder() + ".txt";
        List<Question> questions = new ArrayList<>();
        Level level = Level.COLLOCATION;
        for (String line : read(file).lines().map(String::strip).filter(each -> !each.isEmpty() && !each.startsWith("#")).toList()) {
            if (line.startsWith("[")) {
                level = Level.valueOf(line.substring(1, line.length() - 1).toUpperCase(Locale.ROOT));
            } else {
                questions.add(parse(level, line, language));
            }
        }
        return questions;
    }

    private static Question parse(Level level, String line, Language language) {
        String[] parts = line.split(" -> ", -1);
        if (parts.length != 2) {
            throw new IllegalStateException("Not 'context -> right | wrong | ...': " + line);
        }
        return new Question(level, parts[0], Arrays.stream(parts[1].split(" \\| ", -1)).map(option -> before(option, language) + option)
                .toList());
    }

    private static String before(String option, Language language) {
        return switch (language) {
            case EN -> NO_SPACE_BEFORE.indexOf(option.charAt(0)) < 0 ? " " : "";
            case ZH -> "";
        };
    }

    private static String read(String file) {
        try (InputStream in = Objects.requireNonNull(Question.class.getResourceAsStream(file), file)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
