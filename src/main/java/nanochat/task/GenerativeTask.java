package nanochat.task;

import nanochat.conversation.Message;

/// A graded task to which a model writes its replies: the conversation but for its last message is the question.
public sealed interface GenerativeTask extends GradedTask
        permits
        AskedExchanges,
        BuiltInProblems,
        FirstMessages,
        UserConversations,
        Gsm8k,
        TakenInTurn,
        HumanEval {
    /// Whether a reply to conversation `index` is right. The same reply always gets the same mark.
    ///
    /// @param reply what the model wrote, with its tool calls and their results
    /// @throws nanochat.io.BadInputException when the task does not say what is right
    boolean isRight(int index, Message.Assistant reply);

    /// How many tokens a reply may take, tool results included.
    int longestReply();
}
