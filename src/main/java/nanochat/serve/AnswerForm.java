package nanochat.serve;

import java.util.List;

/// How answers look in JSON: as chat completions or as completions.
sealed interface AnswerForm permits ChatForm, CompletionForm {
    /// The first piece of a stream of a choice, when its prompt has been read.
    Object opening(int choice, AnswerEvent.Read read);

    /// A piece of a stream.
    Object piece(AnswerEvent.Piece piece);

    /// The last piece of a choice.
    Object finish(AnswerEvent.Finished end);

    /// The last piece of a stream whose sender wants to know.
    Object usage(Usage usage);

    /// All at once.
    ///
    /// @param reads of each prompt
    /// @param choices in order, finished
    Object whole(List<AnswerEvent.Read> reads, List<Choice> choices, Usage usage);
}
