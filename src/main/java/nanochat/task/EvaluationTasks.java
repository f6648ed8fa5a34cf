package nanochat.task;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import nanochat.conversation.ConversationFile;
import nanochat.data.DocumentSource;
import nanochat.data.corpus.BuiltInConversations;
import nanochat.data.corpus.ChineseConversations;
import nanochat.data.corpus.ChineseKind;
import nanochat.data.corpus.CorpusLanguage;
import nanochat.data.corpus.Exchange;
import nanochat.data.corpus.FirstMessage;
import nanochat.data.corpus.Split;
import nanochat.data.corpus.WordProblems;
import nanochat.io.BadInputException;
import nanochat.io.NearestName;

/// The tasks that a chat model can be measured by, by name.
public final class EvaluationTasks {
    /// Means every task that is there.
    public static final String ALL = "all";

    private static final String CONVERSATIONS = ".jsonl";
    private static final int BUILT_IN_QUESTIONS = 1000;
    private static final int BUILT_IN_DIALOGUES = 200;

    private EvaluationTasks() {
    }

    /// Understands the values of `--tasks`: names, in any case and with or without their hyphens and underscores, `all` (that are there), and
    /// `.jsonl` files of conversations, whose last messages are the expected replies.
    ///
    /// @param split whose questions the built-in tasks ask
    /// @param datasets what was downloaded
    /// @throws BadInputException when there is no task of that name, or a file is no file of conversations
    public static List<GradedTask> of(List<String> names, Split split, DatasetTasks datasets) {
        return of(names, split, CorpusLanguage.EN, datasets);
    }

    /// As above.
    ///
    /// @param language whose tasks `all` means; those of the others have names too
    public static List<GradedTask> of(List<String> names, Split split, CorpusLanguage language, DatasetTasks datasets) {
        List<GradedTask> builtIn = builtIn(split, language);
        List<GradedTask> ofOthers = switch (language) {
            case EN -> chinese(split);
            case ZH -> english(split);
            case BOTH -> List.of();
        };
        // the first messages are a set to develop by, so they are measured only where they are asked for
        List<GradedTask> named = Stream.<List<? extends GradedTask>>of(builtIn, ofOthers, List.of(new FirstMessages(FirstMessage.all())))
                .<GradedTask>flatMap(List::stream).toList();
        List<GradedTask> chosen = new ArrayList<>();
        for (String name : names) {
            if (name.equalsIgnoreCase(ALL)) {
                chosen.addAll(builtIn);
                chosen.addAll(datasets.present());
            } else if (name.endsWith(CONVERSATIONS)) {
                chosen.add(new UserConversations(ConversationFile.ofAnyForm(Path.of(name), true)));
            } else {
                chosen.add(named.stream().filter(task -> isCalled(name, task.name())).findFirst().or(() -> datasets.find(name))
                        .orElseThrow(() -> unknown(name, named)));
            }
        }
        return List.copyOf(chosen.stream().collect(Collectors.toMap(GradedTask::name, task -> task, (first, _) -> first,
                LinkedHashMap::new))
                .values());
    }

    /// Whether `written` means the task called `name`: `arc_easy` means ARC-Easy.
    static boolean isCalled(String written, String name) {
        return simplified(written).equals(simplified(name));
    }

    private static String simplified(String name) {
        return name.toLowerCase(Locale.ROOT).replaceAll("[-_]", "");
    }

    /// The tasks that need no download.
    public static List<GradedTask> builtIn(Split split) {
        return builtIn(split, CorpusLanguage.EN);
    }

    /// Those of a language.
    public static List<GradedTask> builtIn(Split split, CorpusLanguage language) {
        return switch (language) {
            case EN -> english(split);
            case ZH -> chinese(split);
            case BOTH -> Stream.concat(english(split).stream(), chinese(split).stream()).toList();
        };
    }

    private static List<GradedTask> chinese(Split split) {
        ChineseConversations conversations = new ChineseConversations(DocumentSource.BUILT_IN_SEED);
        List<GradedTask> tasks = new ArrayList<>();
        for (ChineseKind kind : ChineseKind.values()) {
            tasks.add(new ChineseQuestions(conversations, kind, split, BUILT_IN_QUESTIONS));
        }
        tasks.add(Dialogues.fiveTurns("ZhFiveTurns", conversations, split, BUILT_IN_DIALOGUES));
        return tasks;
    }

    private static List<GradedTask> english(Split split) {
        BuiltInConversations conversations = new BuiltInConversations(DocumentSource.BUILT_IN_SEED);
        List<GradedTask> tasks = new ArrayList<>();
        for (Exchange.Kind kind : Exchange.Kind.values()) {
            tasks.add(new BuiltInQuestions(conversations, kind, split, BUILT_IN_QUESTIONS));
        }
        tasks.add(new BuiltInProblems(new WordProblems(DocumentSource.BUILT_IN_SEED), split, BUILT_IN_QUESTIONS));
        tasks.add(Dialogues.fiveTurns(conversations, split, BUILT_IN_DIALOGUES));
        return tasks;
    }

    private static BadInputException unknown(String name, List<GradedTask> known) {
        List<String> names = Stream.concat(known.stream().map(GradedTask::name), DatasetTasks.NAMES.stream()).toList();
        String suggestion = NearestName.of(name, names).map(nearest -> " Did you mean " + nearest + "?").orElse("");
        return new BadInputException("There is no task '" + name + "'." + suggestion + " There are " + String.join(", ", names) + ", "
                + ALL + ", and .jsonl files of conversations.");
    }
}
