/** Modules of Python 3.11's standard library, packages that pipelines import and folders beside them: a package of that name would hide one. */
const TAKEN = new Set(
  `abc aifc antigravity argparse array ast asynchat asyncio asyncore atexit audioop base64 bdb binascii bisect builtins bz2
  cProfile calendar cgi cgitb chunk cmath cmd code codecs codeop collections colorsys compileall concurrent conf
  configparser contextlib contextvars copy copyreg crypt csv ctypes curses data dataclasses datetime dbm decimal deploy
  difflib dis distutils docs doctest dvc email encodings ensurepip enum errno fastapi faulthandler fcntl feast features
  filecmp fileinput fnmatch fractions ftplib functools genericpath getopt getpass gettext glob graphlib grp grpc gzip
  hashlib heapq hmac html http hypothesis idlelib imaplib imghdr imp importlib infra inspect ipaddress itertools json
  keyword lib2to3 linecache locale logging lzma mailbox mailcap marshal math mimetypes mlflow mmap modulefinder monitoring
  msilib msvcrt multiprocessing netrc nis nntplib ntpath nturl2path numbers numpy opcode operator optparse optuna
  orchestration ossaudiodev pandas pathlib pdb pickle pickletools pipes pkgutil platform plistlib poplib posix posixpath
  pprint profile pstats pty pwd py_compile pyarrow pyclbr pydantic pydoc pydoc_data pyexpat pytest queue quopri random
  readline reprlib resource rlcompleter runpy sched scipy secrets select selectors shelve shlex shutil signal site sklearn
  smtpd smtplib sndhdr socket socketserver spwd sqlite3 sre_compile sre_constants sre_parse ssl stat statistics string
  stringprep struct subprocess sunau symtable sys sysconfig syslog tabnanny tarfile telnetlib tempfile termios tests
  textwrap this threading time timeit tkinter token tokenize tomllib trace traceback tracemalloc tracking tty turtle
  turtledemo types typing unicodedata unittest urllib uuid uvicorn venv warnings wave weakref webbrowser winreg winsound
  wsgiref xdrlib xml xmlrpc yaml zipapp zipfile zipimport zlib zoneinfo`.split(/\s+/),
);

/** The Python package of a pipeline: its name with underscores, and with `_pipeline` where another module is called so. Never throws. */
export const packageName = (pipeline: string): string => {
  const name = pipeline.replaceAll("-", "_");
  return TAKEN.has(name) ? `${name}_pipeline` : name;
};
