package nanochat.train;

import java.util.Optional;
import nanochat.objective.Normalization;
import nanochat.train.PolicyOptions.Clip;

/// Well-known recipes of reinforcement learning: names for [PolicyOptions], nothing else (docs/formulas.md#reinforcement).
public enum PolicyRecipe {
    /// nanochat's: one update by centred advantages, all tokens alike.
    REINFORCE,
    /// Shao et al. 2024 (DeepSeekMath), as TRL has it: standardised advantages, all answers alike, held to the model it began with.
    GRPO,
    /// Liu et al. 2025: what GRPO divides by, and what that prefers, left out.
    DR_GRPO,
    /// Yu et al. 2025: more room above than below, groups without signal replaced, long answers made dearer little by little.
    DAPO,
    /// Schulman et al. 2017: two updates by the same answers, no further than a ratio of 1.2. The group stands in for the value function.
    PPO_CLIP;

    /// DAPO's share of the longest answer over which the reward falls: 4096 of 20480 tokens.
    private static final int DAPO_PENALISED = 5;

    /// The options it stands for.
    ///
    /// @param longest tokens of an answer
    public PolicyOptions options(int longest) {
        return switch (this) {
            case REINFORCE -> new PolicyOptions(Optional.empty(), 1, 0, false, Normalization.TOKEN, 0, 0);
            case GRPO -> new PolicyOptions(Optional.of(new Clip(0.2, 0.2)), 1, 0.04, true, Normalization.ROW, 0, 0);
            case DR_GRPO -> new PolicyOptions(Optional.of(new Clip(0.2, 0.2)), 1, 0, false, Normalization.LENGTH, 0, 0);
            case DAPO -> new PolicyOptions(Optional.of(new Clip(0.2, 0.28)), 1, 0, true, Normalization.TOKEN, 4, longest / DAPO_PENALISED);
            case PPO_CLIP -> new PolicyOptions(Optional.of(new Clip(0.2, 0.2)), 2, 0, false, Normalization.TOKEN, 0, 0);
        };
    }
}
