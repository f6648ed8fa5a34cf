package nanochat.tokenizer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import nanochat.io.AtomicFile;
import nanochat.io.BadInputException;
import nanochat.io.GitLfsPointer;

/// tiktoken's rank format: per line the base64 of a token, a space, its rank. The merges are not in the file; they follow from the ranks.
///
/// Our ids 0 to 255 are the bytes in order. A file whose single bytes have other ranks (GPT-2's and GPT-4's do) can be read all the same:
/// those 256 ids differ from the file's, all others are its ranks.
final class TiktokenFile {
    private TiktokenFile() {
    }

    static void write(Path file, Tokenizer tokenizer) {
        Base64.Encoder base64 = Base64.getEncoder();
        StringBuilder lines = new StringBuilder();
        for (int id = 0; id < Tokenizer.BYTES + tokenizer.merges().size(); id++) {
            lines.append(base64.encodeToString(tokenizer.bytes(id))).append(' ').append(id).append('\n');
        }
        AtomicFile.writeString(file, lines.toString());
    }

    static Tokenizer read(Path file) {
        return imported(file).tokenizer();
    }

    static ImportedTokenizer imported(Path file) {
        List<String> byRank = tokensByRank(file);
        int otherIds = 0;
        Map<String, Integer> ids = HashMap.newHashMap(byRank.size());
        for (int b = 0; b < Tokenizer.BYTES; b++) {
            ids.put(String.valueOf((char) b), b);
        }
        for (int rank = 0; rank < Tokenizer.BYTES; rank++) {
            if (byRank.get(rank).length() != 1) {
                throw new BadInputException(file + ": rank " + rank + " is not a single byte; the first 256 ranks must be the 256 bytes");
            }
            otherIds += byRank.get(rank).charAt(0) == rank ? 0 : 1;
        }
        List<Merge> merges = new ArrayList<>(byRank.size() - Tokenizer.BYTES);
        for (int rank = Tokenizer.BYTES; rank < byRank.size(); rank++) {
            merges.add(lastMerge(file, byRank.get(rank), rank, ids));
            ids.put(byRank.get(rank), rank);
        }
        return new ImportedTokenizer(Tokenizer.ofMerges(merges), otherIds);
    }

    /// The tokens in the order of their ranks, each as a string with one char a byte.
    private static List<String> tokensByRank(Path file) {
        List<String> lines = lines(file);
        String[] tokens = new String[(int) lines.stream().filter(line -> !line.isBlank()).count()];
        Map<String, Integer> seen = HashMap.newHashMap(tokens.length);
        for (int number = 1; number <= lines.size(); number++) {
            String line = lines.get(number - 1);
            if (!line.isBlank()) {
                int rank = parse(file, number, line, tokens);
                if (seen.put(tokens[rank], number) != null) {
                    throw new BadInputException(file + ", line " + number + ": this token is in the file twice");
                }
            }
        }
        if (tokens.length < Tokenizer.BYTES) {
            throw new BadInputException(file + " has only " + tokens.length + " tokens; the 256 bytes alone are more");
        }
        return List.of(tokens);
    }

    private static List<String> lines(Path file) {
        GitLfsPointer.check(file);
        try {
            return Files.readAllLines(file, StandardCharsets.US_ASCII);
        } catch (NoSuchFileException e) {
            throw new BadInputException("There is no file " + file, e);
        } catch (IOException e) {
            throw new BadInputException("Cannot read " + file + " as lines of base64 and rank: " + e.getMessage(), e);
        }
    }

    private static int parse(Path file, int number, String line, String[] tokens) {
        try {
            int space = line.indexOf(' ');
            String token = new String(Base64.getDecoder().decode(line.substring(0, Math.max(space, 0))), StandardCharsets.ISO_8859_1);
            int rank = Integer.parseInt(line.substring(space + 1).strip());
            if (token.isEmpty() || rank < 0 || rank >= tokens.length || tokens[rank] != null) {
                throw new BadInputException(file + ", line " + number + ": expected a token and a rank from 0 to " + (tokens.length - 1)
                        + " that no other line has, got: " + line);
            }
            tokens[rank] = token;
            return rank;
        } catch (IllegalArgumentException e) {
            throw new BadInputException(file + ", line " + number + " is not base64, a space and a rank: " + line, e);
        }
    }

    /// The merge that makes `token`: merging its bytes with the earlier tokens only must leave exactly two parts.
    private static Merge lastMerge(Path file, String token, int rank, Map<String, Integer> ids) {
        List<String> parts = new ArrayList<>(token.length());
        for (int i = 0; i < token.length(); i++) {
            parts.add(token.substring(i, i + 1));
        }
        while (parts.size() > 2) {
            int best = -1;
            int bestRank = rank;
            for (int i = 0; i + 1 < parts.size(); i++) {
                int candidate = ids.getOrDefault(parts.get(i) + parts.get(i + 1), rank);
                if (candidate < bestRank) {
                    best = i;
                    bestRank = candidate;
                }
            }
            if (best < 0) {
                throw new BadInputException(file + ": the tokens before rank " + rank
                        + " do not build it; the file is not a byte-pair encoding");
            }
            String absorbed = parts.remove(best + 1);
            parts.set(best, parts.get(best) + absorbed);
        }
        if (parts.size() < 2) {
            throw new BadInputException(file + ": rank " + rank + " is a single byte; the first 256 ranks must be the 256 bytes");
        }
        return new Merge(Objects.requireNonNull(ids.get(parts.getFirst())), Objects.requireNonNull(ids.get(parts.getLast())));
    }
}
