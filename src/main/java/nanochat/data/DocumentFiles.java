package nanochat.data;

import java.io.IOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import nanochat.io.BadInputException;

/// Which files are meant by files and folders: links are followed, also those to folders; in a folder, what cannot hold documents is passed
/// over and noted. A folder's files are in the order of their paths; a file that is reached twice is read once.
final class DocumentFiles {
    private final List<DocumentFile> files = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private final Set<Path> targets = new HashSet<>();

    /// @throws BadInputException when a path is missing, unreadable, or has no documents
    DocumentFiles(List<Path> paths) {
        for (Path path : paths) {
            if (!Files.exists(path)) {
                throw new BadInputException("There is no file or folder " + path);
            }
            try {
                if (Files.isDirectory(path)) {
                    addFolder(path);
                } else {
                    addFile(path);
                }
            } catch (IOException e) {
                throw FileContent.unreadable(path, e);
            }
        }
        if (files.isEmpty()) {
            throw new BadInputException("No data was given: name a file or a folder");
        }
    }

    /// In reading order.
    List<DocumentFile> files() {
        return files;
    }

    /// What was passed over and why, in lines to print.
    List<String> notes() {
        return notes;
    }

    private void addFile(Path path) throws IOException {
        DocumentFile file = DocumentFile.of(path).orElseThrow(
                () -> new BadInputException(path + " is of no known kind: the name must end in one of " + FileFormat.suffixes()));
        if (file.isEmpty()) {
            throw new BadInputException(path + " is empty. Remove it or give it text.");
        }
        file.check();
        if (targets.add(file.target())) {
            files.add(file);
        }
    }

    private void addFolder(Path folder) throws IOException {
        Search search = new Search(folder.toRealPath());
        Files.walkFileTree(search.folder, EnumSet.of(FileVisitOption.FOLLOW_LINKS), Integer.MAX_VALUE, search);
        int before = files.size();
        for (DocumentFile file : search.found.values()) {
            if (file.isEmpty()) {
                search.passOver(file.path(), PassedOver.Reason.EMPTY);
            } else if (!targets.add(file.target())) {
                search.passOver(file.path(), PassedOver.Reason.SAME_FILE);
            } else {
                file.check();
                files.add(file);
            }
        }
        List<String> lines = PassedOver.lines(folder, search.passedOver);
        boolean read = search.passedOver.stream().anyMatch(each -> each.reason() == PassedOver.Reason.SAME_FILE);
        if (files.size() == before && !read) {
            throw new BadInputException("The folder " + folder + " has no file with text that ends in one of " + FileFormat.suffixes()
                    + String.join("", lines.stream().map(line -> System.lineSeparator() + line).toList()));
        }
        notes.addAll(lines);
    }

    private static final class Search extends SimpleFileVisitor<Path> {
        private final Path folder;
        private final TreeMap<Path, DocumentFile> found = new TreeMap<>();
        private final List<PassedOver> passedOver = new ArrayList<>();

        private Search(Path folder) {
            this.folder = folder;
        }

        private void passOver(Path path, PassedOver.Reason reason) {
            passedOver.add(new PassedOver(folder.relativize(path), reason));
        }

        private static boolean isHidden(Path path) {
            return path.getFileName().toString().startsWith(".");
        }

        @Override
        public FileVisitResult preVisitDirectory(Path inside, BasicFileAttributes attributes) {
            if (!inside.equals(folder) && isHidden(inside)) {
                passOver(inside, PassedOver.Reason.HIDDEN);
                return FileVisitResult.SKIP_SUBTREE;
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
            if (isHidden(file)) {
                // what nobody takes for a document (a lock, notes of other programs) need not be mentioned
                if (FileFormat.of(file).isPresent()) {
                    passOver(file, PassedOver.Reason.HIDDEN);
                }
            } else if (attributes.isSymbolicLink()) {
                passOver(file, PassedOver.Reason.DANGLING_LINK);
            } else {
                DocumentFile.of(file).filter(_ -> attributes.isRegularFile()).ifPresentOrElse(document -> found.put(file, document),
                        () -> passOver(file, PassedOver.Reason.OTHER_KIND));
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
            if (failure instanceof FileSystemLoopException) {
                passOver(file, PassedOver.Reason.CIRCLE);
                return FileVisitResult.CONTINUE;
            }
            throw failure;
        }
    }
}
