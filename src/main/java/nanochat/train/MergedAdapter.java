package nanochat.train;

import java.util.List;
import java.util.Optional;
import nanochat.checkpoint.Adapter;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.checkpoint.ModelMeta;
import nanochat.checkpoint.RunLock;
import nanochat.checkpoint.StoredModel;
import nanochat.checkpoint.StoredTensor;
import nanochat.checkpoint.TokenizerCopy;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A model and an adapter as one whole checkpoint, which needs neither of them any more. It is a chat model like any other, but for moments: no
/// run goes on from it.
///
/// @param adapter that was merged
/// @param earlier where an earlier model of the new one's name is kept
public record MergedAdapter(Adapter adapter, Optional<CheckpointDirectory> earlier) {
    /// Writes it.
    ///
    /// @param step of the adapter's checkpoint, and of the new one
    /// @param to the new model's folder
    /// @throws BadInputException when the adapter or its model cannot be read, or cannot be merged, or the new one cannot be written, or another run
    /// is writing there
    public static MergedAdapter write(CheckpointDirectory adapters, int step, CheckpointDirectory to) {
        Adapter adapter = adapters.readMeta(step, ModelMeta.class).adapter().orElseThrow(() -> new BadInputException("The checkpoint in "
                + adapters.folder() + " is a whole model: there is nothing to merge"));
        if (adapter.tuning().prefixTokens() > 0) {
            throw new BadInputException(
                    "A prefix cannot be merged: it is keys and values before the text, and no matrix of the model has them. The"
                            + " adapter is used beside its model");
        }
        try (RunLock _ = RunLock.take(to); StoredModel model = StoredModel.open(adapters, step)) {
            Optional<CheckpointDirectory> earlier = to.moveAside();
            TokenizerCopy.save(to.folder(), model.tokenizer());
            List<StoredTensor> tensors = model.names().stream().map(model::tensor).toList();
            to.save(step, tensors, List.of(), meta(adapters, step, adapter));
            return new MergedAdapter(adapter, earlier);
        }
    }

    /// That of the adapter's run, which is what the new model was trained by; only that it is no adapter any more.
    private static JsonNode meta(CheckpointDirectory adapters, int step, Adapter adapter) {
        ObjectNode meta = (ObjectNode) adapters.readMeta(step, JsonNode.class);
        meta.remove("adapter");
        if (meta.path("plan") instanceof ObjectNode plan) {
            plan.remove("adapter");
        }
        meta.set("merged", Json.LINE.valueToTree(adapter));
        return meta;
    }
}
