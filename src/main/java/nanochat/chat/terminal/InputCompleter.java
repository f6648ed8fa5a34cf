package nanochat.chat.terminal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jline.reader.Candidate;
import org.jline.reader.Completer;
import org.jline.reader.LineReader;
import org.jline.reader.ParsedLine;

/// Completes commands, and the files of those that take one.
final class InputCompleter implements Completer {
    @Override
    public void complete(LineReader reader, ParsedLine line, List<Candidate> candidates) {
        String first = line.words().isEmpty() ? "" : line.words().getFirst();
        if (line.wordIndex() == 0 && first.startsWith("/")) {
            for (SlashCommand command : SlashCommand.values()) {
                candidates.add(new Candidate(command.word(), command.word(), null, command.help(), null, null, true));
            }
        } else if (line.wordIndex() == 1 && SlashCommand.of(first).filter(InputCompleter::takesFile).isPresent()) {
            completeFile(line.word().substring(0, line.wordCursor()), candidates);
        }
    }

    private static boolean takesFile(SlashCommand command) {
        return command == SlashCommand.SAVE || command == SlashCommand.LOAD;
    }

    private static void completeFile(String typed, List<Candidate> candidates) {
        String folder = typed.substring(0, typed.lastIndexOf('/') + 1);
        Path searched = UserPath.of(folder.isEmpty() ? "." : folder);
        try (Stream<Path> files = Files.isDirectory(searched) ? Files.list(searched) : Stream.empty()) {
            files.filter(file -> !file.getFileName().toString().startsWith(".")).sorted().forEach(file -> {
                boolean isFolder = Files.isDirectory(file);
                String name = file.getFileName() + (isFolder ? "/" : "");
                candidates.add(new Candidate(folder + name, name, null, null, null, null, !isFolder));
            });
        } catch (IOException unreadable) {
            // a folder that cannot be listed completes to nothing
        }
    }
}
