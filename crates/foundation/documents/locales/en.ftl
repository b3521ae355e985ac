# Reading outside files
tabular-empty-file = The file is empty. Choose the right file.
tabular-no-rows = The file has no row with a value. Check that the first visible sheet holds the table.
tabular-file-too-large = The file is too large ({ $actual } MB). It may have at most { $limit } MB.
tabular-unpacks-too-large = The file unpacks to more than { $limit } MB, so reading was stopped. Copy only the table to a new workbook and save that.
tabular-too-many-parts = The workbook has more than { $limit } parts. Copy only the table to a new workbook and save that.
tabular-too-many-rows = Sheet "{ $sheet }" has values below row { $limit }. Keep within { $limit } rows or split the file.
tabular-too-many-columns = Sheet "{ $sheet }" has a value in row { $row }, column { $column }. Keep within { $limit } columns.
tabular-cell-too-long = Sheet "{ $sheet }", row { $row }, column { $column } has more than { $limit } characters. Shorten it.
tabular-too-much-text = The cells hold more than { $limit } MB of text. Split the file.
tabular-encrypted = The file is protected by a password. Remove the protection and save it again.
tabular-damaged = The file is damaged or cut off. Check that a spreadsheet program opens it, and save it again.
tabular-misencoded = Line { $line } (byte { $byte }) has a character that is not { $encoding }. Open it in a spreadsheet program and save it as "CSV UTF-8" or as an Excel workbook (.xlsx).
tabular-unterminated-quote = The quotation mark (") in line { $line } is not closed. Check the values of row { $row }.
tabular-kind-legacy-workbook = This is an old Excel file (.xls). Save it as an Excel workbook (.xlsx).
tabular-kind-binary-workbook = This is a binary Excel file (.xlsb). Save it as an Excel workbook (.xlsx).
tabular-kind-open-document = This is an OpenDocument file. Save it as an Excel workbook (.xlsx) or as CSV.
tabular-kind-office-document = This is not a spreadsheet but a Word or PowerPoint document. Choose an Excel workbook (.xlsx) or CSV.
tabular-kind-archive = This is a compressed archive. Unpack it and choose the Excel workbook (.xlsx) or CSV inside.
tabular-kind-pdf = A table cannot be read from a PDF. Choose the original Excel workbook (.xlsx) or CSV.
tabular-kind-picture = A table cannot be read from a picture. Choose an Excel workbook (.xlsx) or CSV.
tabular-kind-web-page = The file is a web page (HTML). Open it in a spreadsheet program and save it as an Excel workbook (.xlsx).
tabular-kind-binary = The file cannot be read as a table. Choose an Excel workbook (.xlsx) or CSV.

# Writing spreadsheets
spreadsheet-failed = The spreadsheet could not be made. Please try again later.

# Writing PDFs
document-template = The document could not be typeset. Please tell the administrator.
document-export = The PDF could not be made. Please tell the administrator.
document-data = The data of the document could not be prepared. Please tell the administrator.
document-too-large = The document is too large to be made ({ $actual } entries). Narrow it down to { $limit } entries.
document-too-much-text = The document has too much text to be made ({ $actual } characters). Reduce it to { $limit } characters.

# Writing archives
archive-unsafe-name = "{ $name }" cannot be a name inside the archive.
archive-duplicate-name = The name "{ $name }" occurs twice.
archive-failed = The archive could not be made. Check the free disk space.
