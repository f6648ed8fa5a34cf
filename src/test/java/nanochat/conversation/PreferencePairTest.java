package nanochat.conversation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import nanochat.io.BadInputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Pairs as TRL and OpenAI write them. Oracle: the same pair in our own words.
class PreferencePairTest {
    private static final Message QUESTION = new Message.User("Sky?");
    private static final PreferencePair PAIR = new PreferencePair(new Conversation(List.of(QUESTION, new Message.Assistant("Blue."))),
            new Conversation(List.of(QUESTION, new Message.Assistant("Green."))), 1);

    private static PreferencePair parse(String json) {
        return PreferencePair.parse(json.replace('\'', '"'));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{'prompt': 'Sky?', 'chosen': 'Blue.', 'rejected': 'Green.'}",
        "{'prompt': [{'role': 'user', 'content': 'Sky?'}], 'chosen': [{'role': 'assistant', 'content': 'Blue.'}], 'rejected': [{'role': 'assistant', 'content': 'Green.'}]}",
        "{'chosen': [{'role': 'user', 'content': 'Sky?'}, {'role': 'assistant', 'content': 'Blue.'}], 'rejected': [{'role': 'user', 'content': 'Sky?'}, {'role': 'assistant', 'content': 'Green.'}]}",
        "{'prompt': 'Sky?', 'chosen': [{'role': 'user', 'content': 'Sky?'}, {'role': 'assistant', 'content': 'Blue.'}], 'rejected': [{'role': 'assistant', 'content': 'Green.'}], 'score': 1}",
        "{'input': {'messages': [{'role': 'user', 'content': 'Sky?'}], 'tools': []}, 'preferred_output': [{'role': 'assistant', 'content': 'Blue.'}], 'non_preferred_output': [{'role': 'assistant', 'content': 'Green.'}]}",
        "{'prompt': 'Sky?', 'chosen': {'role': 'assistant', 'content': 'Blue.'}, 'rejected': 'Green.'}",
        "{'chosen': [{'from': 'human', 'value': 'Sky?'}, {'from': 'gpt', 'value': 'Blue.'}], 'rejected': [{'from': 'human', 'value': 'Sky?'}, {'from': 'gpt', 'value': 'Green.'}]}"})
    void everyFormIsTheSamePair(String json) {
        assertThat(parse(json)).isEqualTo(PAIR);
    }

    @Test
    void earlierTurnsAndASystemMessageBelongToTheQuestion() {
        PreferencePair pair = parse(
                "{'system': 'Be brief.', 'prompt': [{'role': 'user', 'content': 'Hi'}, {'role': 'assistant', 'content': 'Hello'},"
                        + " {'role': 'user', 'content': 'Sky?'}], 'chosen': 'Blue.', 'rejected': 'Green.'}");
        assertThat(pair.shared()).isEqualTo(4);
        assertThat(pair.question().messages()).first().isEqualTo(new Message.SystemPrompt("Be brief."));
        assertThat(pair.question().messages()).last().isEqualTo(QUESTION);
        assertThat(pair.isEqual()).isFalse();
    }

    @Test
    void twiceTheSameAnswerIsTold() {
        PreferencePair pair = parse("{'prompt': 'Sky?', 'chosen': 'Blue.', 'rejected': 'Blue.'}");
        assertThat(pair.isEqual()).isTrue();
        assertThat(pair.question().messages()).containsExactly(QUESTION);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{'prompt': 'Sky?', 'chosen': 'Blue.'} | there is no 'rejected'",
        "{'chosen': 'Blue.', 'rejected': 'Green.'} | there is no 'prompt'",
        "{'prompt': 'Sky?', 'chosen': 7, 'rejected': 'Green.'} | 'chosen'",
        "{'prompt': 'Sky?', 'chosen': [], 'rejected': 'Green.'} | 'chosen' is empty", "{'prompt': 'Sky?' | not valid JSON",
        "{'chosen': [{'role': 'user', 'content': 'Sky?'}], 'rejected': [{'role': 'user', 'content': 'Sky?'}]} | does not end with what the assistant says",
        "{'chosen': [{'role': 'user', 'content': 'A'}, {'role': 'assistant', 'content': 'x'}], 'rejected': [{'role': 'user', 'content': 'B'}, {'role': 'assistant', 'content': 'y'}]} | not to the same question",
        "{'prompt': [{'role': 'robot', 'content': 'x'}], 'chosen': 'a', 'rejected': 'b'} | 'robot'", "[1] | there is no 'chosen'"})
    void whatIsNoPairIsRefused(String jsonAndWords) {
        String[] parts = jsonAndWords.split(" \\| ");
        assertThatThrownBy(() -> parse(parts[0])).isInstanceOf(BadInputException.class).hasMessageContaining(parts[1]);
    }
}
