package nanochat.task;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import nanochat.conversation.Conversation;
import nanochat.conversation.Message;

/// A Python function to write, and its tests, as HumanEval has them.
///
/// @param prompt imports, the head of the function and its documentation
/// @param solution the body of the function
/// @param tests define `check`, which takes the function and fails where it is wrong
/// @param entryPoint the function's name
public record ProgrammingProblem(String prompt, String solution, String tests, String entryPoint) {
    private static final Pattern CODE_BLOCK = Pattern.compile("```(?:python)?\\s*\\n(.*?)\\n```", Pattern.DOTALL);

    /// The prompt and the whole function.
    public Conversation conversation() {
        return new Conversation(List.of(new Message.User(prompt), new Message.Assistant(prompt + "\n" + solution)));
    }

    /// The program that runs to its end if a reply is right: the imports of the prompt, the first fenced block of code in the reply (all of it
    /// where there is none), the tests, and a call of them.
    public String program(String reply) {
        Matcher block = CODE_BLOCK.matcher(reply);
        String code = (block.find() ? block.group(1) : reply).strip();
        return imports() + "\n\n" + code + "\n\n" + tests + "\ncheck(" + entryPoint + ")\n";
    }

    /// The imports that the prompt begins with; a model seldom repeats them.
    private String imports() {
        return prompt.lines().map(String::strip).filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .takeWhile(line -> line.startsWith("import ") || line.startsWith("from ")).collect(Collectors.joining("\n"));
    }
}
