package nanochat.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;

/// Messages of the JSON library in words for people.
class JsonTest {
    @ParameterizedTest
    @ValueSource(strings = {"{\"text\": \"cut", "{\"text\": [1, {\"a\": 2}", "{\"a\" 1}", "nonsense", "{\"a\": \"\\x\"}", "[1,, 2]",
        "{\"a\": 01}", "\"tab\there\""})
    void aProblemNamesTheColumnAndNothingOfTheLibrary(String json) {
        JacksonException failure = catchThrowableOfType(JacksonException.class, () -> Json.LINE.readTree(json));
        assertThat(Json.problem(failure)).contains("column ").doesNotContain("REDACTED", "StreamReadFeature", "Source", "\n");
    }
}
