package nanochat.serve;

import java.util.List;
import nanochat.conversation.Part;
import nanochat.engine.TokenLikelihood;

/// What happens while the answers to an order come. For each prompt [Read] once; for each choice [Piece]s and one [Finished], after those; [Failed] ends all.
sealed interface AnswerEvent {
    /// A prompt has been read.
    ///
    /// @param prompt its index
    /// @param reused tokens of it that were in the cache
    /// @param likelihoods of its tokens from the second on, where they are asked for
    record Read(int prompt, int reused, List<TokenLikelihood> likelihoods) implements AnswerEvent {}

    /// More of an answer.
    ///
    /// @param text perhaps none
    /// @param parts calls and results of the calculator that came after this text
    /// @param tokens those that the text and the parts came of, where likelihoods are asked for
    record Piece(int choice, String text, List<Part> parts, List<PlacedToken> tokens) implements AnswerEvent {}

    /// An answer is complete.
    ///
    /// @param tokens generated for it
    record Finished(int choice, FinishReason reason, int tokens) implements AnswerEvent {}

    /// There will be no more.
    record Failed(RuntimeException cause) implements AnswerEvent {}
}
