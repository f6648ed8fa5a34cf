package nanochat.serve;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import nanochat.conversation.Conversation;
import nanochat.conversation.Message;
import nanochat.conversation.Rendering;
import nanochat.tokenizer.SpecialToken;
import nanochat.tokenizer.TokenList;
import nanochat.tokenizer.Tokenizer;

/// The tokens that the assistant's messages were made of, where a client sends them back beside the words, as `nanochat.tokens`: what a model said need
/// not be what its words encode to, and a continuation may go on from any token of it.
///
/// @param ofAnswers of each message of the assistant, in order
record SpokenTokens(List<Optional<int[]>> ofAnswers) {
    private static final String FIELD = "tokens";

    /// Those of the `messages` of a request, which [ConversationReader] has read.
    static SpokenTokens read(Fields request, Tokenizer tokenizer) {
        List<Optional<int[]>> spoken = new ArrayList<>();
        for (Fields message : request.objects("messages").orElseThrow()) {
            if (message.string("role").orElseThrow().equals("assistant")) {
                spoken.add(message.object("nanochat")
                        .flatMap(ours -> ours.value(FIELD).map(value -> check(ours, ours.tokens(value, FIELD, tokenizer.vocabularySize()),
                                tokenizer))));
            }
        }
        return new SpokenTokens(spoken);
    }

    /// What the assistant can have said: text, and whole calls and results of the calculator.
    private static int[] check(Fields ours, int[] tokens, Tokenizer tokenizer) {
        int closing = -1;
        for (int i = 0; i < tokens.length; i++) {
            if (!tokenizer.isSpecial(tokens[i])) {
                continue;
            }
            if (closing >= 0 && tokens[i] == closing) {
                closing = -1;
            } else if (closing < 0 && tokens[i] == tokenizer.id(SpecialToken.PYTHON_START)) {
                closing = tokenizer.id(SpecialToken.PYTHON_END);
            } else if (closing < 0 && tokens[i] == tokenizer.id(SpecialToken.OUTPUT_START)) {
                closing = tokenizer.id(SpecialToken.OUTPUT_END);
            } else {
                throw ours.wrong(FIELD + "[" + i + "]", "a token of text, or in its place around a call or a result of the calculator");
            }
        }
        if (closing >= 0) {
            throw ours.wrong(FIELD, "tokens that do not end within a call or a result of the calculator");
        }
        return tokens;
    }

    /// The tokens of a conversation up to where the assistant's words go on, as [Rendering] has them but for the words that came as tokens.
    ///
    /// @param continueLast whether they go on after those of the last message, which is the assistant's
    int[] prompt(Conversation conversation, boolean continueLast, Tokenizer tokenizer) {
        Rendering rendering = new Rendering(tokenizer);
        TokenList prompt = new TokenList(256);
        List<Message> turn = new ArrayList<>();
        Iterator<Optional<int[]>> answers = ofAnswers.iterator();
        for (Message message : conversation.messages()) {
            turn.add(message);
            if (message instanceof Message.Assistant) {
                Optional<int[]> spoken = answers.next();
                Conversation whole = new Conversation(turn);
                append(prompt, spoken.isEmpty() ? rendering.render(whole).tokens() : rendering.completionPrompt(whole));
                spoken.ifPresent(tokens -> {
                    append(prompt, 0, tokens);
                    prompt.accept(tokenizer.id(SpecialToken.ASSISTANT_END));
                });
                turn.clear();
            }
        }
        if (!continueLast) {
            append(prompt, rendering.completionPrompt(new Conversation(turn)));
        }
        int[] all = prompt.toArray();
        return continueLast ? Arrays.copyOf(all, all.length - 1) : all; // without assistant_end
    }

    /// Appends a rendered turn; bos stands only before the first.
    private static void append(TokenList prompt, int[] rendered) {
        append(prompt, prompt.size() == 0 ? 0 : 1, rendered);
    }

    private static void append(TokenList prompt, int from, int[] tokens) {
        for (int i = from; i < tokens.length; i++) {
            prompt.accept(tokens[i]);
        }
    }
}
