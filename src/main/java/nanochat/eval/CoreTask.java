package nanochat.eval;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import tools.jackson.core.JacksonException;

/// A task of the CORE evaluation.
///
/// @param label its name
/// @param file of its examples, one a line
/// @param shots how many solved examples stand before the one that is asked
/// @param delimiter what stands between a question and its answer
/// @param baseline the share that is right by chance
public record CoreTask(String label, CoreExample.Type type, Path file, int shots, String delimiter, double baseline) {
    private static final long ORDER_SEED = 1337;
    private static final long FEW_SHOT_SEED = 1234;

    /// How much better than chance an accuracy is: 0 for chance, 1 for all right.
    public double centred(double accuracy) {
        return (accuracy - baseline) / (1 - baseline);
    }

    /// The examples in the order in which they are asked, which is the original's.
    ///
    /// @param most how many of them at the beginning are kept
    /// @throws BadInputException when there is none, or a line is none; the message names it
    List<CoreExample> examples(int most) {
        List<CoreExample> examples = read();
        new PythonRandom(ORDER_SEED).shuffle(examples);
        return examples.subList(0, Math.min(most, examples.size()));
    }

    private List<CoreExample> read() {
        List<CoreExample> examples = new ArrayList<>();
        int number = 0;
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                number++;
                if (!line.isBlank()) {
                    examples.add(type.parse(Json.LINE.readTree(line)));
                }
            }
        } catch (NoSuchFileException e) {
            throw new BadInputException("There is no file " + file + ", from which the task " + label + " has its examples", e);
        } catch (CharacterCodingException e) {
            throw new BadInputException(file + " is not UTF-8 after line " + number, e);
        } catch (IOException e) {
            throw new BadInputException("Cannot read " + file + ": " + e.getMessage(), e);
        } catch (JacksonException e) {
            throw new BadInputException(file + " line " + number + " is not valid JSON: " + Json.problem(e), e);
        } catch (BadInputException e) {
            throw new BadInputException(file + " line " + number + ": " + e.getMessage(), e);
        }
        if (examples.isEmpty()) {
            throw new BadInputException("There is no example in " + file);
        }
        return examples;
    }

    /// The solved examples that are shown before example `index`: drawn from all others; all of them where a task has fewer than it should show.
    int[] fewShot(int size, int index) {
        int[] drawn = new PythonRandom(FEW_SHOT_SEED + index).sample(size - 1, Math.min(shots, size - 1));
        return Arrays.stream(drawn).map(other -> other < index ? other : other + 1).toArray();
    }

    /// The texts to be compared for example `index`: of a choice one for each option, else the text without its end and the whole.
    List<String> prompts(List<CoreExample> examples, int index) {
        String before = Arrays.stream(fewShot(examples.size(), index))
                .mapToObj(other -> examples.get(other).solved(delimiter) + "\n\n").collect(Collectors.joining());
        return switch (examples.get(index)) {
            case CoreExample.MultipleChoice question -> question.choices().stream()
                    .map(choice -> before + question.query() + delimiter + choice).toList();
            case CoreExample.Schema schema -> schema.contexts().stream()
                    .map(context -> before + context + delimiter + schema.continuation()).toList();
            case CoreExample.LanguageModeling text -> {
                String context = before + CoreExample.stripped(text.context()) + delimiter;
                // A blank at the end would become part of the next word's first token.
                yield List.of(CoreExample.stripped(context), context + text.continuation());
            }
        };
    }
}
