package nanochat.explain;

import java.nio.file.Path;
import nanochat.checkpoint.CheckpointDirectory;
import tools.jackson.databind.JsonNode;

/// Tells a stored model from all others, also from one that took its place.
///
/// @param meta what its checkpoint says of it: the state of its training, and the time that was spent
record ModelIdentity(Path folder, int step, JsonNode meta) {
    static ModelIdentity of(CheckpointDirectory checkpoints, int step) {
        return new ModelIdentity(checkpoints.folder(), step, checkpoints.readMeta(step, JsonNode.class));
    }
}
