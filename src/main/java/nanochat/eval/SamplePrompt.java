package nanochat.eval;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import nanochat.engine.ColumnListener;
import nanochat.engine.Generation;
import nanochat.engine.Generator;
import nanochat.engine.Sample;
import nanochat.tokenizer.SpecialToken;
import nanochat.tokenizer.Tokenizer;

/// A text to complete, and how to tell that a completion knows the answer.
///
/// @param text what the model is given, after bos
/// @param answer what a completion must begin with
public record SamplePrompt(String text, Pattern answer) {
    /// How many tokens are completed.
    public static final int TOKENS = 16;

    /// The seven prompts that every pretraining run is asked (docs/formulas.md#evaluation).
    public static final List<SamplePrompt> SEVEN = List.of(
            of("The capital of France is", "Paris\\b"),
            of("The chemical symbol of gold is", "Au\\b"),
            of("If yesterday was Friday, then tomorrow will be", "Sunday\\b"),
            of("The opposite of hot is", "cold\\b"),
            of("The planets of the solar system are:", "Mercury, Venus, Earth, Mars, Jupiter, Saturn, Uranus,? (and )?Neptune\\b"),
            of("My favorite color is",
                    "(black|blue|brown|gold|gray|green|grey|orange|pink|purple|red|silver|turquoise|violet|white|yellow)\\b"),
            of("If 5*x + 3 = 13, then x is", "2(?![0-9])"));

    private static SamplePrompt of(String text, String answer) {
        return new SamplePrompt(text, Pattern.compile(answer, Pattern.CASE_INSENSITIVE));
    }

    /// What a model made of a prompt.
    ///
    /// @param completion the new text
    /// @param right whether it begins with the answer
    public record Completion(String prompt, String completion, boolean right) {}

    /// Whether `completion` begins with the answer, after any space.
    boolean isAnsweredBy(String completion) {
        return answer.matcher(completion.stripLeading()).lookingAt();
    }

    /// The model's completions of the seven prompts at temperature 0.
    public static List<Completion> completeAll(Generator generator, Tokenizer tokenizer) {
        return SEVEN.stream().map(prompt -> prompt.complete(generator, tokenizer)).toList();
    }

    private Completion complete(Generator generator, Tokenizer tokenizer) {
        int bos = tokenizer.id(SpecialToken.BOS);
        int[] tokens = tokenizer.encode(text);
        int[] sequence = new int[tokens.length + 1];
        sequence[0] = bos;
        System.arraycopy(tokens, 0, sequence, 1, tokens.length);
        Generation likeliest = Generation.greedy(TOKENS, Set.of(bos));
        Sample sample = generator.generate(sequence, 1, likeliest, ColumnListener.NONE).getFirst();
        String completion = tokenizer.decode(sample.tokens());
        return new Completion(text, completion, isAnsweredBy(completion));
    }
}
