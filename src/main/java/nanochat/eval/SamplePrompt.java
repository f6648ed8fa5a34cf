package nanochat.eval;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import nanochat.data.corpus.CorpusLanguage;
import nanochat.engine.ColumnListener;
import nanochat.engine.Generation;
import nanochat.engine.Generator;
import nanochat.engine.Sample;
import nanochat.objective.BlockContinuation;
import nanochat.objective.GaussianFilling;
import nanochat.objective.Infilling;
import nanochat.objective.PrefixContinuation;
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

    /// As many of the Chinese corpus.
    public static final List<SamplePrompt> CHINESE = List.of(
            of("床前明月", "光"),
            of("春眠不觉晓，", "处处闻啼鸟"),
            of("守株待", "兔"),
            of("法国的首都是", "巴黎"),
            of("金的元素符号是", "Au\\b"),
            of("今天是星期五，明天是", "星期六"),
            of("“热”的反义词是", "“?冷"));

    /// Those for a model of texts in a language.
    public static List<SamplePrompt> of(CorpusLanguage language) {
        return switch (language) {
            case EN -> SEVEN;
            case ZH -> CHINESE;
            case BOTH -> Stream.concat(SEVEN.stream(), CHINESE.stream()).toList();
        };
    }

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

    /// The model's completions of prompts at temperature 0.
    public static List<Completion> completeAll(List<SamplePrompt> prompts, Generator generator, Tokenizer tokenizer) {
        return prompts.stream().map(prompt -> prompt.complete(generator, tokenizer)).toList();
    }

    /// The completions of a model that fills blanks: as many as are completed, one a step, the surest first.
    public static List<Completion> fillAll(List<SamplePrompt> prompts, Infilling infilling, Tokenizer tokenizer) {
        Infilling.Manner manner = new Infilling.Manner(TOKENS, Infilling.Order.SUREST, 0, 0);
        return fillAll(prompts, infilling.mask(), text -> infilling.fill(text, manner), tokenizer);
    }

    /// The completions of a model of gaussian diffusion, the likeliest.
    public static List<Completion> fillAll(List<SamplePrompt> prompts, GaussianFilling filling, Tokenizer tokenizer) {
        GaussianFilling.Manner manner = new GaussianFilling.Manner(GaussianFilling.Manner.DEFAULT_STEPS, 0, 42);
        return fillAll(prompts, filling.mask(), text -> filling.fill(text, manner), tokenizer);
    }

    private static List<Completion> fillAll(List<SamplePrompt> prompts, int mask, UnaryOperator<int[]> fill, Tokenizer tokenizer) {
        return prompts.stream().map(prompt -> prompt.fill(mask, fill, tokenizer)).toList();
    }

    /// The likeliest continuations of prompts, each read in both directions.
    public static List<Completion> continueAll(List<SamplePrompt> prompts, PrefixContinuation continuation, Tokenizer tokenizer) {
        return prompts.stream().map(prompt -> prompt.completion(tokenizer.decode(continuation.likeliest(prompt.sequence(tokenizer), TOKENS,
                tokenizer.id(SpecialToken.BOS))))).toList();
    }

    /// Continuations of prompts, block after block, one token a pass, the surest first.
    public static List<Completion> continueAll(List<SamplePrompt> prompts, BlockContinuation continuation, Tokenizer tokenizer) {
        Infilling.Manner manner = new Infilling.Manner(TOKENS, Infilling.Order.SUREST, 0, 0);
        return prompts.stream().map(prompt -> prompt.completion(tokenizer.decode(continuation.continued(prompt.sequence(tokenizer), TOKENS,
                tokenizer.id(SpecialToken.BOS), manner)))).toList();
    }

    private Completion complete(Generator generator, Tokenizer tokenizer) {
        Generation likeliest = Generation.greedy(TOKENS, Set.of(tokenizer.id(SpecialToken.BOS)));
        Sample sample = generator.generate(sequence(tokenizer), 1, likeliest, ColumnListener.NONE).getFirst();
        return completion(tokenizer.decode(sample.tokens()));
    }

    private Completion fill(int mask, UnaryOperator<int[]> fill, Tokenizer tokenizer) {
        int[] prompt = sequence(tokenizer);
        int[] blanks = Arrays.copyOf(prompt, prompt.length + TOKENS);
        Arrays.fill(blanks, prompt.length, blanks.length, mask);
        int[] filled = fill.apply(blanks);
        int bos = tokenizer.id(SpecialToken.BOS);
        int[] text = Arrays.stream(filled, prompt.length, filled.length).takeWhile(token -> token != bos).toArray();
        return completion(tokenizer.decode(text));
    }

    /// bos and the prompt.
    private int[] sequence(Tokenizer tokenizer) {
        return IntStream.concat(IntStream.of(tokenizer.id(SpecialToken.BOS)), Arrays.stream(tokenizer.encode(text))).toArray();
    }

    private Completion completion(String completion) {
        return new Completion(text, completion, isAnsweredBy(completion));
    }
}
