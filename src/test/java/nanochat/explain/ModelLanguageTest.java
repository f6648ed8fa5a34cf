package nanochat.explain;

import static org.assertj.core.api.Assertions.assertThat;

import nanochat.data.corpus.CorpusLanguage;
import nanochat.data.corpus.Split;
import nanochat.tokenizer.BpeTrainer;
import nanochat.tokenizer.Tokenizer;
import nanochat.tokenizer.TrainerOptions;
import nanochat.tokenizer.TrainingProgress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Oracle: the text that each tokenizer was trained on.
class ModelLanguageTest {
    private static Tokenizer tokenizer(CorpusLanguage language, int vocabulary) {
        return BpeTrainer.train(language.corpus(7).documents(Split.TRAIN).limit(200).iterator(), TrainerOptions.defaults()
                .withVocabularySize(vocabulary), TrainingProgress.NONE).tokenizer();
    }

    @ParameterizedTest
    @ValueSource(ints = {512, 2048})
    void aModelIsOfTheLanguageOfItsTokenizerWhateverThePageIsIn(int vocabulary) {
        for (Language page : Language.values()) {
            assertThat(ModelLanguage.of(tokenizer(CorpusLanguage.EN, vocabulary), page)).isEqualTo(CorpusLanguage.EN);
            assertThat(ModelLanguage.of(tokenizer(CorpusLanguage.ZH, vocabulary), page)).isEqualTo(CorpusLanguage.ZH);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {512, 2048})
    void aModelOfBothIsShownInThatOfThePage(int vocabulary) {
        Tokenizer both = tokenizer(CorpusLanguage.BOTH, vocabulary);
        assertThat(ModelLanguage.of(both, Language.EN)).isEqualTo(CorpusLanguage.EN);
        assertThat(ModelLanguage.of(both, Language.ZH)).isEqualTo(CorpusLanguage.ZH);
    }
}
