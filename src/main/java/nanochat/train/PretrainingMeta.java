package nanochat.train;

import java.util.Map;
import java.util.Optional;
import nanochat.data.LoaderState;
import nanochat.model.GptConfigFields;

/// The meta file of a pretraining checkpoint.
///
/// @param step optimizer steps taken
/// @param valBpb bits per byte of the last validation
/// @param modelConfig the model's shape
/// @param tokenizerSha256 which tokenizer the data was made with
/// @param userConfig the options of the run by name
/// @param plan what followed from them
/// @param state with which it goes on
public record PretrainingMeta(int step, Optional<Double> valBpb, GptConfigFields modelConfig, String tokenizerSha256,
        Map<String, String> userConfig, PretrainingPlan plan, RunState<LoaderState> state) {}
