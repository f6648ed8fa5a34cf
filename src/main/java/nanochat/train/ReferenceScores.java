package nanochat.train;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Optional;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.checkpoint.SafeTensors;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import nanochat.io.Sha256;
import nanochat.task.PreferencePairs;
import nanochat.tensor.DType;

/// What the model that a run begins with thinks of the answers: the log-probability of each, summed over its tokens. It is worked out once and kept in a
/// file, so that no second model is in memory and a resumed run has the same numbers.
///
/// @param key the hash of all it depends on: the weights, the pairs, the type of products
/// @param training of the training pairs, chosen and rejected in turn
/// @param heldOut of the others
record ReferenceScores(String key, double[] training, double[] heldOut) {
    /// The name of the file, in the folder of all models of this stage.
    private static Path file(CheckpointDirectory checkpoints, String key) {
        return checkpoints.folder().resolveSibling("reference-" + key.substring(0, 16) + ".json");
    }

    /// Those that are kept; empty where there are none, or the file is damaged.
    static Optional<ReferenceScores> read(CheckpointDirectory checkpoints, String key, PreferencePairs pairs) {
        Path file = file(checkpoints, key);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            ReferenceScores found = Json.read(file, ReferenceScores.class);
            return Optional.of(found).filter(scores -> key.equals(scores.key) && scores.training.length == 2 * pairs.trainingSize()
                    && scores.heldOut.length == 2 * pairs.heldOutSize());
        } catch (BadInputException damaged) {
            return Optional.empty(); // it is worked out again
        }
    }

    void save(CheckpointDirectory checkpoints) {
        Json.write(file(checkpoints, key), this);
    }

    /// The hash of a checkpoint's weights, these pairs, and the type of products.
    static String key(CheckpointDirectory start, int step, PreferencePairs pairs, DType compute, int positions) {
        try (SafeTensors model = start.openModel(step)) {
            MessageDigest digest = Sha256.begin();
            digest.update((pairs.sha256OfTokens() + " " + compute + " " + positions).getBytes(StandardCharsets.UTF_8));
            byte[] chunk = new byte[1 << 20];
            for (String name : model.names()) {
                MemorySegment data = model.tensor(name).data();
                digest.update(name.getBytes(StandardCharsets.UTF_8));
                for (long at = 0; at < data.byteSize(); at += chunk.length) {
                    int length = (int) Math.min(chunk.length, data.byteSize() - at);
                    MemorySegment.copy(data, at, MemorySegment.ofArray(chunk), 0, length);
                    digest.update(chunk, 0, length);
                }
            }
            return Sha256.hex(digest);
        }
    }
}
