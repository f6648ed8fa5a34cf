package nanochat.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import nanochat.io.BadInputException;
import nanochat.io.Sha256;
import nanochat.tokenizer.Tokenizer;

/// The tokenizer beside the checkpoints of a model. A model means nothing with another one, so every folder of checkpoints has its own
/// copy, and every checkpoint its hash.
///
/// @param tokenizer the tokenizer
/// @param sha256 of its file, in hexadecimal
public record TokenizerCopy(Tokenizer tokenizer, String sha256) {
    /// Writes `tokenizer` into the folder of a model.
    public static TokenizerCopy save(Path folder, Tokenizer tokenizer) {
        Path file = folder.resolve(Tokenizer.FILE_NAME);
        tokenizer.save(file);
        return new TokenizerCopy(tokenizer, sha256(file));
    }

    /// Reads the one in the folder of a model.
    ///
    /// @throws BadInputException when it is missing or unsound
    public static TokenizerCopy load(Path folder) {
        Path file = folder.resolve(Tokenizer.FILE_NAME);
        return new TokenizerCopy(Tokenizer.load(file), sha256(file));
    }

    /// Reads the one in the folder of a model, for a checkpoint there that was trained with such a one.
    ///
    /// @throws BadInputException when it is missing or unsound, or its hash or its vocabulary is another
    public static TokenizerCopy load(Path folder, String trainedSha256, int trainedVocabularySize) {
        TokenizerCopy tokenizer = load(folder);
        tokenizer.check(folder, trainedSha256, trainedVocabularySize);
        return tokenizer;
    }

    /// Checks that a checkpoint in the same folder was trained with this tokenizer.
    ///
    /// @throws BadInputException when its hash or its vocabulary is another
    public void check(Path folder, String trainedSha256, int trainedVocabularySize) {
        if (tokenizer.vocabularySize() != trainedVocabularySize) {
            throw new BadInputException("The tokenizer in " + folder + " has " + tokenizer.vocabularySize()
                    + " tokens, the model beside it was trained with " + trainedVocabularySize + ". Restore the tokenizer of the model.");
        }
        if (!sha256.equals(trainedSha256)) {
            throw new BadInputException("The tokenizer in " + folder + " is not the one that the model beside it was trained with"
                    + " (its hash differs). Restore the tokenizer of the model.");
        }
    }

    /// The hash of a tokenizer's file, in hexadecimal.
    ///
    /// @throws BadInputException when it cannot be read
    public static String sha256(Path file) {
        try {
            MessageDigest digest = Sha256.begin();
            digest.update(Files.readAllBytes(file));
            return Sha256.hex(digest);
        } catch (IOException e) {
            throw new BadInputException("Cannot read " + file + ": " + e.getMessage(), e);
        }
    }
}
