package nanochat.engine;

import java.util.List;
import java.util.Optional;

/// Watches the rows of a request as they grow.
@FunctionalInterface
public interface ColumnListener {
    /// Sees everything, stops nothing.
    ColumnListener NONE = column -> true;

    /// Called after every step with the tokens that the request's rows have taken; none while its prompt is being read. Listeners of several requests are
    /// called at the same time, on whatever threads the engine computes with.
    ///
    /// @param column good until the method returns
    /// @return whether to go on; false ends all rows of the request
    boolean accept(Column column);

    /// The newest token of each row.
    interface Column {
        /// What [#token] gives for a row that has ended, or not begun.
        int ENDED = -1;

        /// The number of rows, one a sample, ended ones included.
        int rows();

        /// How many tokens of the prompt the context held already.
        int reusedTokens();

        /// The token that `row` has just taken, or [#ENDED].
        int token(int row);

        /// Whether the model chose it; false where a tool forced it.
        boolean sampled(int row);

        /// How likely that token was, or the one that has just ended the row; nothing where the request does not ask for it.
        Optional<TokenLikelihood> likelihood(int row);

        /// How likely the tokens of the prompt are, from the second on, those that have been read; empty where the request does not ask for it.
        List<TokenLikelihood> promptLikelihoods();

        /// Why `row` has ended, if it has.
        Optional<Sample.End> end(int row);

        /// Ends `row` after its newest token, as [Sample.End#STOPPED], and no other.
        void stop(int row);
    }
}
