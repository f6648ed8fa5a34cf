# Wrote the files beside this one, with pyarrow 25: python3 write.py .
import pyarrow as pa, pyarrow.parquet as pq, sys, os
out=sys.argv[1]; os.makedirs(out, exist_ok=True)
texts=[f"Document {i}: é漢\U0001F600 " + "abc "*(i%17) for i in range(50)]
docs=pa.table({"id":pa.array(range(50),pa.int64()),"text":pa.array(texts)})
for codec in ["zstd","snappy","gzip","none"]:
    pq.write_table(docs,f"{out}/{codec}.parquet",compression=codec,row_group_size=20,use_dictionary=False,data_page_version="2.0" if codec in("snappy","gzip") else "1.0",write_page_checksum=True)
pq.write_table(pa.table({"text":pa.array([["red","green","blue"][i%3] for i in range(500)])}),f"{out}/dictionary.parquet",compression="zstd",row_group_size=200)
msgs=[[{"role":"user","content":f"Question {i}?"},{"role":"assistant","content":f"Answer {i}."}][: i%3] for i in range(6)]
tasks=pa.table({
 "question":pa.array([f"Q{i}" if i!=3 else None for i in range(6)]),
 "choices":pa.array([[f"c{i}{j}" for j in range(i)] if i!=4 else None for i in range(6)],pa.list_(pa.string())),
 "answer":pa.array(list(range(6)),pa.int64()),
 "score":pa.array([i/4 for i in range(6)],pa.float64()),
 "correct":pa.array([i%2==0 for i in range(6)]),
 "labelled":pa.array([{"text":["x",None,"z"][:i%4],"label":["A","B","C"][:i%4]} for i in range(6)]),
 "messages":pa.array(msgs),
 "matrix":pa.array([[[1,2],[],[i]] for i in range(6)],pa.list_(pa.list_(pa.int32()))),
 "raw":pa.array([bytes([0,255,i]) for i in range(6)]),
})
pq.write_table(tasks,f"{out}/tasks.parquet",compression="snappy",row_group_size=4)
bad=pa.Array.from_buffers(pa.string(),2,[None,pa.py_buffer(b"\0\0\0\0\2\0\0\0\4\0\0\0"),pa.py_buffer(b"ok\xff\xfe")])
pq.write_table(pa.table({"text":bad}),f"{out}/not-utf8.parquet")
pq.write_table(pa.table({"text":pa.array(["one",None])}),f"{out}/null-text.parquet")
pq.write_table(pa.table({"text":pa.array([1,2])}),f"{out}/number-text.parquet")
pq.write_table(docs,f"{out}/brotli.parquet",compression="brotli")
pq.write_table(docs,f"{out}/lz4.parquet",compression="lz4",row_group_size=20,use_dictionary=False,write_page_checksum=True) # LZ4_RAW
texts_bad=[f"text {i}" for i in range(60)]
offsets=[0]; data=b""
for i,t in enumerate(texts_bad):
    data+=b"\xff\xfe" if i in(7,41) else t.encode(); offsets.append(len(data))
import struct
bad=pa.Array.from_buffers(pa.string(),60,[None,pa.py_buffer(struct.pack("<61i",*offsets)),pa.py_buffer(data)])
pq.write_table(pa.table({"text":bad}),f"{out}/some-not-utf8.parquet",row_group_size=40)
