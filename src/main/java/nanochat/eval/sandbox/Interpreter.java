package nanochat.eval.sandbox;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import nanochat.io.BadInputException;

/// A Python interpreter.
///
/// @param executable the program itself, not a link or script that finds it
/// @param folders where its libraries are
/// @param root whether it was started by the superuser
record Interpreter(Path executable, List<Path> folders, boolean root) {
    private static final String QUESTIONS = """
            import os, sys
            executable = os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)
            print(executable)
            print(os.getuid())
            for folder in {sys.base_prefix, sys.base_exec_prefix, os.path.dirname(executable)}:
                print(os.path.realpath(folder))
            """;

    /// Asks `command` what it is.
    ///
    /// @param command a name on the PATH, or a path
    /// @throws BadInputException when there is no such program or it is no Python 3 of a Unix system
    static Interpreter find(String command) {
        try {
            Process process = new ProcessBuilder(command, "-I", "-c", QUESTIONS).redirectError(ProcessBuilder.Redirect.DISCARD).start();
            process.getOutputStream().close();
            List<String> answers = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).lines().toList();
            if (process.waitFor() != 0 || answers.size() < 3) {
                throw new BadInputException("'" + command + "' on the PATH is not a Python 3 that can run programs here (Linux or macOS)");
            }
            List<Path> folders = answers.stream().skip(2).distinct().map(Path::of).toList();
            return new Interpreter(Path.of(answers.getFirst()), folders, answers.get(1).equals("0"));
        } catch (IOException e) {
            throw new BadInputException("There is no '" + command + "' on the PATH. HumanEval runs the programs that the model writes:"
                    + " install Python 3, or leave HumanEval out.", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for " + command, e);
        }
    }
}
