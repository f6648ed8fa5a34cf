# Wrote the files beside this one, with tokenizers 0.23 and tiktoken 0.14: python3 write.py (in this folder).
import base64, json, tiktoken
from tokenizers import Tokenizer, Regex, models, trainers, pre_tokenizers, decoders

PATTERN = r"""'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,2}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"""
SPECIAL = ["<|bos|>", "<|user_start|>", "<|user_end|>", "<|assistant_start|>", "<|assistant_end|>", "<|python_start|>", "<|python_end|>",
           "<|output_start|>", "<|output_end|>"]
TEXTS = ["", "the cat sat on the mat", "The theatre's there; they'LL're 12345 678", "  two  spaces\n\n\nand lines\r\n\tend ", "Gr\u00fc\u00dfe, \u6f22\u5b57 \U0001F600!",
         "don't we've I'm x=y+3.14159", "e\u0301 \u00a0 nbsp", "<|bos|> is text here"]

# Learned by the library: single bytes in the order of its alphabet, special tokens first.
trained = Tokenizer(models.BPE())
trained.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(PATTERN), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
trained.decoder = decoders.ByteLevel()
corpus = open("../reference/bpe-small/corpus.txt", encoding="utf-8").read()
trained.train_from_iterator([corpus], trainers.BpeTrainer(vocab_size=256 + 1 + 60, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), special_tokens=["<|bos|>"]))
trained.save("trained.json")

# The same merges with nanochat's ids, as it exports them.
letters = {}
n = 0
for b in range(256):
    visible = 33 <= b <= 126 or 161 <= b <= 172 or b >= 174
    letters[b] = chr(b if visible else 256 + n)
    n += not visible
merges = json.load(open("trained.json", encoding="utf-8"))["model"]["merges"]
tokens = [letters[b] for b in range(256)] + ["".join(pair) for pair in merges]
byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}
exported = {
    "version": "1.0", "truncation": None, "padding": None,
    "added_tokens": [{"id": len(tokens) + i, "content": s, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True} for i, s in enumerate(SPECIAL)],
    "normalizer": None,
    "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": PATTERN}, "behavior": "Isolated", "invert": False}, byte_level]},
    "post_processor": None, "decoder": byte_level,
    "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None, "end_of_word_suffix": None, "fuse_unk": False,
              "byte_fallback": False, "ignore_merges": False, "vocab": {t: i for i, t in enumerate(tokens)}, "merges": merges}}
json.dump(exported, open("exported.json", "w", encoding="utf-8"), ensure_ascii=False, indent=0)
hf = Tokenizer.from_file("exported.json")

back = {letter: b for b, letter in letters.items()}
raw = [bytes(back[c] for c in t) for t in tokens]
ranks = {t: i for i, t in enumerate(raw)}
with open("exported.tiktoken", "w") as out:
    out.writelines(f"{base64.b64encode(t).decode()} {i}\n" for t, i in ranks.items())
tk = tiktoken.Encoding("nanochat", pat_str=PATTERN, mergeable_ranks=ranks, special_tokens={s: len(tokens) + i for i, s in enumerate(SPECIAL)})

cases = []
for text in TEXTS:
    ids = tk.encode_ordinary(text)
    if "<|" not in text:
        assert hf.encode(text).ids == ids, text
        assert hf.decode(ids) == text, text
        assert [trained.id_to_token(i) for i in trained.encode(text).ids] == [tokens[i] for i in ids], text
    cases.append({"text": text, "ids": ids})
assert hf.encode("<|bos|>").ids == [len(tokens)]
json.dump(cases, open("cases.json", "w"), indent=0)
print(len(tokens), "tokens,", len(cases), "cases agree")
