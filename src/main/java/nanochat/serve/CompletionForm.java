package nanochat.serve;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import nanochat.engine.TokenLikelihood;
import nanochat.tokenizer.StreamingDecoder;

/// Answers as `/v1/completions` gives them.
final class CompletionForm implements AnswerForm {
    private final ServedModel model;
    private final Order order;
    private final String id;
    private final long created;

    /// Four lists with an element a token; the first token of a prompt follows nothing and has no probability.
    ///
    /// @param content the tokens that have one, as in a chat, where that was asked for
    private record Logprobs(List<String> tokens, List<Optional<Float>> tokenLogprobs,
            Optional<List<Optional<Map<String, Float>>>> topLogprobs, List<Integer> textOffset,
            @JsonInclude(Include.NON_ABSENT) Optional<List<TokenJson>> content) {}

    private record CompletionChoice(int index, String text, Optional<Logprobs> logprobs, Optional<FinishReason> finishReason,
            @JsonInclude(Include.NON_ABSENT) Optional<NanochatJson> nanochat) {}

    private record Completion(String id, String object, long created, String model, List<CompletionChoice> choices,
            @JsonInclude(Include.NON_ABSENT) Optional<Usage> usage) {}

    CompletionForm(ServedModel model, Order order, String id, long created) {
        this.model = model;
        this.order = order;
        this.id = "cmpl-" + id;
        this.created = created;
    }

    @Override
    public Object opening(int choice, AnswerEvent.Read read) {
        Tokens tokens = new Tokens();
        String text = order.echo() ? tokens.addPrompt(read) : "";
        return completion(List.of(new CompletionChoice(choice, text, tokens.logprobs(), Optional.empty(), Optional.empty())),
                Optional.empty());
    }

    @Override
    public Object piece(AnswerEvent.Piece piece) {
        Tokens tokens = new Tokens();
        tokens.addAll(piece.tokens(), order.echo() ? promptText(piece.choice() / order.samples()) : 0);
        return completion(List.of(new CompletionChoice(piece.choice(), piece.text(), tokens.logprobs(), Optional.empty(),
                NanochatJson.of(piece.parts()))), Optional.empty());
    }

    @Override
    public Object finish(AnswerEvent.Finished end) {
        return completion(List.of(new CompletionChoice(end.choice(), "", Optional.empty(), Optional.of(end.reason()), Optional.empty())),
                Optional.empty());
    }

    @Override
    public Object usage(Usage usage) {
        return completion(List.of(), Optional.of(usage));
    }

    @Override
    public Object whole(List<AnswerEvent.Read> reads, List<Choice> choices, Usage usage) {
        List<CompletionChoice> all = new ArrayList<>();
        for (Choice choice : choices) {
            Tokens tokens = new Tokens();
            String prompt = order.echo() ? tokens.addPrompt(reads.get(all.size() / order.samples())) : "";
            tokens.addAll(choice.tokens(), prompt.codePointCount(0, prompt.length()));
            all.add(new CompletionChoice(all.size(), prompt + choice.text(), tokens.logprobs(), Optional.of(choice.reason()),
                    NanochatJson.of(choice.parts())));
        }
        return completion(all, Optional.of(usage));
    }

    private Completion completion(List<CompletionChoice> choices, Optional<Usage> usage) {
        return new Completion(id, "text_completion", created, model.name(), choices, usage);
    }

    /// The characters of a prompt.
    private int promptText(int prompt) {
        String text = new Tokens().addPrompt(new AnswerEvent.Read(prompt, 0, List.of()));
        return text.codePointCount(0, text.length());
    }

    /// The lists of [Logprobs] while they grow.
    private final class Tokens {
        private final List<String> shown = new ArrayList<>();
        private final List<Optional<Float>> logProbabilities = new ArrayList<>();
        private final List<Optional<Map<String, Float>>> likeliest = new ArrayList<>();
        private final List<Integer> offsets = new ArrayList<>();
        private final List<TokenJson> details = new ArrayList<>();

        /// Returns the prompt's text: what its tokens say, without special ones.
        String addPrompt(AnswerEvent.Read read) {
            StringBuilder text = new StringBuilder();
            StreamingDecoder decoder = model.tokenizer().streamingDecoder();
            int characters = 0;
            int[] prompt = order.prompts().get(read.prompt());
            for (int i = 0; i < prompt.length; i++) {
                if (order.alternatives().isPresent()) {
                    Optional<TokenLikelihood> likelihood = i == 0 || read.likelihoods().isEmpty()
                            ? Optional.empty()
                            : Optional.of(read.likelihoods().get(i - 1));
                    add(prompt[i], likelihood, characters);
                }
                String said = model.tokenizer().isSpecial(prompt[i]) ? decoder.flush() : decoder.append(prompt[i]);
                characters += said.codePointCount(0, said.length());
                text.append(said);
            }
            return text.append(decoder.flush()).toString();
        }

        void addAll(List<PlacedToken> tokens, int before) {
            tokens.forEach(token -> add(token.likelihood().token(), Optional.of(token.likelihood()), before + token.offset()));
        }

        private void add(int token, Optional<TokenLikelihood> likelihood, int offset) {
            shown.add(model.shown(token));
            logProbabilities.add(likelihood.map(TokenLikelihood::logProbability));
            likeliest.add(likelihood.map(this::alternatives));
            offsets.add(offset);
            likelihood.filter(_ -> order.tokenDetails()).ifPresent(known -> details.add(TokenJson.of(known, model)));
        }

        /// The likeliest first, and the token itself where it is none of them.
        private Map<String, Float> alternatives(TokenLikelihood likelihood) {
            Map<String, Float> alternatives = new LinkedHashMap<>();
            for (int i = 0; i < likelihood.likeliest().length; i++) {
                alternatives.putIfAbsent(model.shown(likelihood.likeliest()[i]), likelihood.logProbabilities()[i]);
            }
            alternatives.putIfAbsent(model.shown(likelihood.token()), likelihood.logProbability());
            return alternatives;
        }

        Optional<Logprobs> logprobs() {
            if (order.alternatives().isEmpty()) {
                return Optional.empty();
            }
            return Optional.of(new Logprobs(shown, logProbabilities,
                    order.alternatives().getAsInt() == 0 ? Optional.empty() : Optional.of(likeliest), offsets,
                    order.tokenDetails() ? Optional.of(details) : Optional.empty()));
        }
    }
}
