package nanochat.tokenizer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import tools.jackson.databind.JsonNode;

/// A tokenizer from elsewhere. Here the single bytes are ids 0 to 255 and the merges follow; special tokens are always the nine of
/// [SpecialToken], behind the merges.
///
/// @param otherIds how many of its tokens had another id there
public record ImportedTokenizer(Tokenizer tokenizer, int otherIds) {
    private static final int BEGINNING = 64;

    static ImportedTokenizer read(Path file) {
        if (!beginning(file).stripLeading().startsWith("{")) {
            return TiktokenFile.imported(file);
        }
        return Json.read(file, JsonNode.class).has("split_pattern")
                ? new ImportedTokenizer(TokenizerFile.read(file), 0)
                : HuggingFaceFile.read(file);
    }

    private static String beginning(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return new String(in.readNBytes(BEGINNING), StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            throw new BadInputException("There is no file " + file, e);
        } catch (IOException e) {
            throw new BadInputException("Cannot read " + file + ": " + e.getMessage(), e);
        }
    }
}
