package nanochat.serve;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// Answers as `/v1/chat/completions` gives them.
final class ChatForm implements AnswerForm {
    private static final String ASSISTANT = "assistant";

    private final ServedModel model;
    private final boolean logprobs;
    private final String id;
    private final long created;

    /// @param refusal always nothing; some clients want to read it
    private record Message(String role, String content, Optional<String> refusal,
            @JsonInclude(Include.NON_ABSENT) Optional<NanochatJson> nanochat) {}

    private record Delta(@JsonInclude(Include.NON_ABSENT) Optional<String> role, @JsonInclude(Include.NON_ABSENT) Optional<String> content,
            @JsonInclude(Include.NON_ABSENT) Optional<NanochatJson> nanochat) {}

    private record Logprobs(List<TokenJson> content, Optional<String> refusal) {}

    private record WholeChoice(int index, Message message, Optional<Logprobs> logprobs, FinishReason finishReason) {}

    private record Whole(String id, String object, long created, String model, List<WholeChoice> choices, Usage usage) {}

    private record ChunkChoice(int index, Delta delta, Optional<Logprobs> logprobs, Optional<FinishReason> finishReason) {}

    private record Chunk(String id, String object, long created, String model, List<ChunkChoice> choices,
            @JsonInclude(Include.NON_ABSENT) Optional<Usage> usage) {}

    ChatForm(ServedModel model, OptionalInt alternatives, String id, long created) {
        this.model = model;
        this.logprobs = alternatives.isPresent();
        this.id = "chatcmpl-" + id;
        this.created = created;
    }

    @Override
    public Object opening(int choice, AnswerEvent.Read read) {
        return chunk(new ChunkChoice(choice, new Delta(Optional.of(ASSISTANT), Optional.of(""), Optional.empty()), Optional.empty(),
                Optional.empty()));
    }

    @Override
    public Object piece(AnswerEvent.Piece piece) {
        return chunk(new ChunkChoice(piece.choice(),
                new Delta(Optional.empty(), Optional.of(piece.text()), NanochatJson.of(piece.parts())), logprobs(piece.tokens()),
                Optional.empty()));
    }

    @Override
    public Object finish(AnswerEvent.Finished end) {
        return chunk(new ChunkChoice(end.choice(), new Delta(Optional.empty(), Optional.empty(), Optional.empty()), Optional.empty(),
                Optional.of(end.reason())));
    }

    @Override
    public Object usage(Usage usage) {
        return new Chunk(id, "chat.completion.chunk", created, model.name(), List.of(), Optional.of(usage));
    }

    private Chunk chunk(ChunkChoice choice) {
        return new Chunk(id, "chat.completion.chunk", created, model.name(), List.of(choice), Optional.empty());
    }

    @Override
    public Object whole(List<AnswerEvent.Read> reads, List<Choice> choices, Usage usage) {
        List<WholeChoice> all = new ArrayList<>();
        for (Choice choice : choices) {
            all.add(new WholeChoice(all.size(),
                    new Message(ASSISTANT, choice.text(), Optional.empty(), NanochatJson.of(choice.parts())), logprobs(choice.tokens()),
                    choice.reason()));
        }
        return new Whole(id, "chat.completion", created, model.name(), all, usage);
    }

    private Optional<Logprobs> logprobs(List<PlacedToken> tokens) {
        return logprobs
                ? Optional.of(new Logprobs(tokens.stream().map(token -> TokenJson.of(token.likelihood(), model)).toList(), Optional
                        .empty()))
                : Optional.empty();
    }
}
