package nanochat.objective;

/// What pairs showed. A reward here is what the model has come to find in an answer: beta (log-probability now - under the reference). Without any
/// pair all means are 0.
///
/// @param loss mean over the pairs
/// @param accuracy share of the pairs whose chosen answer has the larger reward; half counts where they are the same
/// @param margin mean of the chosen answers' rewards less the rejected ones'
/// @param chosenReward mean
/// @param rejectedReward mean
/// @param preferred share of the pairs whose chosen answer is the more likely one, as the loss measures it: the reference has no part in that
public record PreferenceStatistics(int pairs, double loss, double accuracy, double margin, double chosenReward, double rejectedReward,
        double preferred) {}
