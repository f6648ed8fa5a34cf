package nanochat.tokenizer;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import nanochat.io.AtomicFile;
import nanochat.io.BadInputException;
import nanochat.io.Json;

/// `tokenizer.json`: everything a tokenizer is, one line per merge, so that people can read it and tools can compare two of them.
///
/// The text of a token is there for the reader, with `\xNN` for bytes that are no character on their own (and a backslash as `\\`);
/// reading checks that it agrees with the merge.
final class TokenizerFile {
    private static final String FORMAT = "nanochat tokenizer 1";

    private TokenizerFile() {
    }

    record Special(int id, String text) {}

    record Learned(int id, int left, int right, String token) {}

    record Content(String format, String splitPattern, List<Special> specialTokens, List<Learned> merges) {
        Content {
            if (format == null || splitPattern == null || specialTokens == null || merges == null) {
                throw new IllegalArgumentException("one of format, split_pattern, special_tokens and merges is missing");
            }
        }
    }

    static void write(Path file, Tokenizer tokenizer) {
        AtomicFile.write(file, out -> {
            Writer writer = new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8));
            writer.write("{\n\"format\": " + Json.line(FORMAT) + ",\n\"split_pattern\": " + Json.line(SplitPattern.REGEX) + ",\n");
            writeLines(writer, "special_tokens", specialTokens(tokenizer));
            writer.write(",\n");
            writeLines(writer, "merges", learned(tokenizer));
            writer.write("\n}\n");
            writer.flush();
        });
    }

    static Tokenizer read(Path file) {
        Content content = Json.read(file, Content.class);
        check(file, content.format.equals(FORMAT), "its format is " + content.format + ", not " + FORMAT);
        check(file, content.splitPattern.equals(SplitPattern.REGEX), "it splits text by another pattern than " + SplitPattern.REGEX);
        Tokenizer tokenizer = tokenizer(file, content.merges);
        check(file, content.specialTokens.equals(specialTokens(tokenizer)),
                "its special tokens are not the expected " + specialTokens(tokenizer));
        List<Learned> expected = learned(tokenizer);
        for (int i = 0; i < expected.size(); i++) {
            check(file, content.merges.get(i).equals(expected.get(i)),
                    "merge " + i + " is " + content.merges.get(i) + ", but should be " + expected.get(i));
        }
        return tokenizer;
    }

    /// The text of a token as the file shows it.
    static String readable(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        int at = 0;
        while (at < bytes.length) {
            int width = Math.min(Utf8.width(bytes[at]), bytes.length - at);
            String character = new String(bytes, at, width, StandardCharsets.UTF_8);
            boolean valid = Arrays.equals(character.getBytes(StandardCharsets.UTF_8), Arrays.copyOfRange(bytes, at, at + width));
            if (valid) {
                text.append(character.equals("\\") ? "\\\\" : character);
                at += width;
            } else {
                text.append(String.format(Locale.ROOT, "\\x%02x", bytes[at] & 0xFF));
                at++;
            }
        }
        return text.toString();
    }

    private static Tokenizer tokenizer(Path file, List<Learned> learned) {
        List<Merge> merges = new ArrayList<>(learned.size());
        for (Learned merge : learned) {
            merges.add(new Merge(merge.left, merge.right));
        }
        try {
            return Tokenizer.ofMerges(merges);
        } catch (BadInputException e) {
            throw broken(file, String.valueOf(e.getMessage()));
        }
    }

    private static List<Special> specialTokens(Tokenizer tokenizer) {
        return Arrays.stream(SpecialToken.values()).map(token -> new Special(tokenizer.id(token), token.text())).toList();
    }

    private static List<Learned> learned(Tokenizer tokenizer) {
        List<Learned> learned = new ArrayList<>(tokenizer.merges().size());
        for (Merge merge : tokenizer.merges()) {
            int id = Tokenizer.BYTES + learned.size();
            learned.add(new Learned(id, merge.left(), merge.right(), readable(tokenizer.bytes(id))));
        }
        return learned;
    }

    private static void writeLines(Writer writer, String name, List<? extends Record> values) throws IOException {
        writer.write("\"" + name + "\": [");
        String separator = "\n";
        for (Record value : values) {
            writer.write(separator + Json.line(value));
            separator = ",\n";
        }
        writer.write("\n]");
    }

    private static void check(Path file, boolean right, String otherwise) {
        if (!right) {
            throw broken(file, otherwise);
        }
    }

    private static BadInputException broken(Path file, String why) {
        return new BadInputException("Cannot use the tokenizer in " + file + ": " + why + ". Train it again, or restore the file.");
    }
}
