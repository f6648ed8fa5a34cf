package nanochat.selftest;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import nanochat.model.GptConfigFields;

/// The `case.json` of a recorded model. Everything but the configuration may be missing; fields not named here are ignored.
///
/// @param losses mean loss of each step, before its update
/// @param paramGroups the optimizer's groups; without them there are no updates
/// @param muonMomentumByStep of the updates, in order
/// @param paramCounts parameters by what they are for
/// @param windowSizes of each layer
record GptCaseFields(GptConfigFields config, Optional<List<Double>> losses, Optional<List<Group>> paramGroups,
        Optional<List<Double>> muonMomentumByStep, Optional<Map<String, Long>> paramCounts, Optional<Long> flopsPerToken,
        Optional<List<Integer>> windowSizes, Optional<Greedy> greedy) {

    /// A group of the optimizer with its hyper-parameters.
    ///
    /// @param kind `adamw`, which has betas and eps, or `muon`, which has beta2 and perhaps momentum
    record Group(String kind, List<String> params, double lr, double weightDecay, Optional<List<Double>> betas, Optional<Double> eps,
            Optional<Double> beta2, Optional<Double> momentum) {}

    /// The most likely tokens one after another.
    record Greedy(List<Integer> prompt, List<Integer> generated) {}
}
