package nanochat.train;

import java.util.Map;
import java.util.Optional;
import nanochat.model.GptConfigFields;
import nanochat.task.ConversationPosition;

/// The meta file of a checkpoint of fine-tuning.
///
/// @param step optimizer steps taken
/// @param valBpb bits per byte of the last validation
/// @param modelConfig the model's shape
/// @param tokenizerSha256 which tokenizer it was trained with
/// @param userConfig the options of the run by name
/// @param plan what followed from them
/// @param state with which it goes on
public record FinetuningMeta(int step, Optional<Double> valBpb, GptConfigFields modelConfig, String tokenizerSha256,
        Map<String, String> userConfig, FinetuningPlan plan, RunState<ConversationPosition> state) {}
