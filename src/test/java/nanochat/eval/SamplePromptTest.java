package nanochat.eval;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Answers judged by a person.
class SamplePromptTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            0 | ' Paris.'                | true
            0 | ' Parisian.'             | false
            0 | ' Berlin, not Paris.'    | false
            1 | ' Au, from Latin'        | true
            1 | ' Ag.'                   | false
            2 | ' Sunday. It'            | true
            2 | ' Saturday.'             | false
            3 | ' cold.'                 | true
            3 | ' colder'                | false
            4 | ' Mercury, Venus, Earth, Mars, Jupiter, Saturn, Uranus, and Neptune' | true
            4 | ' Mercury, Venus, Earth, Mars, Jupiter, Saturn, Uranus, Neptune.'    | true
            4 | ' Mercury, Earth, Venus, Mars, Jupiter, Saturn, Uranus, Neptune.'    | false
            5 | ' green because'         | true
            5 | ' soup.'                 | false
            6 | ' 2.'                    | true
            6 | ' 20.'                   | false
            """)
    void anAnswerIsRightWhenTheCompletionBeginsWithIt(int prompt, String completion, boolean right) {
        assertThat(SamplePrompt.SEVEN.get(prompt).isAnsweredBy(completion)).isEqualTo(right);
    }

    @ParameterizedTest
    @CsvSource({"0, The capital of France is", "6, 'If 5*x + 3 = 13, then x is'"})
    void thePromptsAreTheOriginals(int prompt, String text) {
        assertThat(SamplePrompt.SEVEN.stream().map(SamplePrompt::text).toList()).isEqualTo(List.of("The capital of France is",
                "The chemical symbol of gold is", "If yesterday was Friday, then tomorrow will be", "The opposite of hot is",
                "The planets of the solar system are:", "My favorite color is", "If 5*x + 3 = 13, then x is"));
        assertThat(SamplePrompt.SEVEN.get(prompt).text()).isEqualTo(text);
    }
}
